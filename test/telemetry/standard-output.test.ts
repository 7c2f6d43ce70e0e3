import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { standardOutput } from '../../src/telemetry/standard-output.ts'
import { until } from '../lab/until.ts'

const line = `${'x'.repeat(299)}\n`
const { O_RDONLY, O_RDWR, O_NONBLOCK, O_WRONLY } = constants

/** A named pipe, and an end of it that reads. */
function pipe(t: Test): { readonly file: string; readonly reader: number } {
  const file = `${t.testdir()}/pipe`
  execFileSync('mkfifo', [file])
  return { file, reader: openSync(file, O_RDONLY | O_NONBLOCK) }
}

t.test(
  'lines are written in order: many at once, few after a while, the rest at the end',
  async (t) => {
    const file = `${t.testdir({ log: '' })}/log`
    const { write, flush, lost } = standardOutput(openSync(file, 'a'))
    const lines = Array.from({ length: 5000 }, (_, index) => `${index} ä ${line}`)
    for (const [index, text] of lines.entries()) {
      write(text)
      if (index % 100 === 0) await sleep(1)
    }
    await until('what is left being written', async () =>
      readFileSync(file, 'utf8').endsWith(lines.at(-1) ?? '')
    )
    write('last\n')
    flush()
    t.equal(readFileSync(file, 'utf8'), `${lines.join('')}last\n`)
    t.equal(lost(), 0)
  }
)

t.test('a full disk: what fits into memory is kept, the rest counted as lost', async (t) => {
  const { write, flush, lost } = standardOutput(openSync('/dev/full', 'w'))
  for (let index = 0; index < 2000; index++) {
    write(line)
    if (index % 100 === 0) await sleep(1)
  }
  await sleep(300)
  const kept = 2000 - lost()
  t.ok(kept > 500 && kept < 1100, `${kept} of 2000 lines kept`)
  flush()
  t.equal(lost(), 2000 - kept, 'nothing is said at the end, and it comes')
})

t.test('a pipe that is not read: the same, until somebody reads', async (t) => {
  const { file, reader } = pipe(t)
  const { write, flush, lost } = standardOutput(openSync(file, O_WRONLY | O_NONBLOCK))
  for (let index = 0; index < 3000; index++) {
    write(line)
    if (index % 100 === 0) await sleep(1)
  }
  t.ok(lost() > 0, `${lost()} lines lost`)
  const buffer = Buffer.alloc(1_000_000)
  let read = 0
  await until('every line that was kept', async () => {
    read += readSync(reader, buffer)
    return read === (3000 - lost()) * line.length
  })
  write('last\n')
  flush()
  t.equal(buffer.toString('utf8', 0, readSync(reader, buffer)), 'last\n')
})

t.test(
  'at the end a pipe that is not read holds the process up for a second at most',
  async (t) => {
    const file = `${t.testdir()}/pipe`
    execFileSync('mkfifo', [file])
    const { write, flush } = standardOutput(openSync(file, O_RDWR | O_NONBLOCK))
    for (let index = 0; index < 800; index++) write(line)
    const began = Date.now()
    flush()
    t.ok(Date.now() - began < 5000, `${Date.now() - began} ms`)
  }
)

t.test('a reader that is gone costs every line, and no memory', async (t) => {
  const { file, reader } = pipe(t)
  const { write, flush, lost } = standardOutput(openSync(file, O_WRONLY | O_NONBLOCK))
  closeSync(reader)
  write(line)
  await until('the end being noticed', async () => {
    write(line)
    return lost() > 0
  })
  flush()
  t.pass('it ends')
})
