import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
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
      if (index % 500 < 499) continue
      await until('all of it being written', async () => readFileSync(file, 'utf8').endsWith(text))
    }
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

/** A program as `serve` is one, that ends by a fault right after its last lines, the pipe being full by then. */
const program = `
  import { setTimeout as sleep } from 'node:timers/promises'
  import { standardOutput } from ${JSON.stringify(join(import.meta.dirname, '../../src/telemetry/standard-output.ts'))}
  process.stdout.on('error', () => {})
  const { write, flush } = standardOutput()
  process.once('exit', flush)
  let index = 0
  const some = (count) => { for (; count > 0; count--) write(String(index++).padEnd(299) + '\\n') }
  some(200)
  await sleep(400)
  process.stderr.write('full')
  some(200)
  process.exit(70)
`
const programLines = Array.from({ length: 400 }, (_, index) => `${String(index).padEnd(299)}\n`)

t.test('a fault loses no line and cuts none, while a pipe is full and read late', async (t) => {
  const { file, reader } = pipe(t)
  const args = ['--input-type=module', '--eval', program]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', openSync(file, O_WRONLY), 'pipe']
  })
  const ended = once(child, 'exit')
  await once(child.stderr as NodeJS.ReadableStream, 'data')
  await sleep(100)
  const buffer = Buffer.alloc(1_000_000)
  let text = ''
  await until('every line', async () => {
    try {
      text += buffer.toString('utf8', 0, readSync(reader, buffer))
    } catch {
      // Nothing to read just now.
    }
    return text.length >= programLines.join('').length || child.exitCode !== null
  })
  t.same(await ended, [70, null])
  t.equal(text, programLines.join(''))
})

t.test('a fault loses no line and cuts none where standard output is a file', async (t) => {
  const file = `${t.testdir({ log: '' })}/log`
  const args = ['--input-type=module', '--eval', program]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', openSync(file, 'a'), 'ignore']
  })
  t.same(await once(child, 'exit'), [70, null])
  t.equal(readFileSync(file, 'utf8'), programLines.join(''))
})
