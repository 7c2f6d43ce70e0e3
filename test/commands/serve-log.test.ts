import { spawn } from 'node:child_process'
import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { exitCodes } from '../../src/commands/io.ts'
import { freePort } from '../lab/ports.ts'
import { answers, until } from '../lab/until.ts'
import { freshFolder, pairFolder } from '../server/serve-process.ts'
import { send } from '../server/serving.ts'

const review = readFileSync(
  join(import.meta.dirname, '../fixtures/reviews/inject-native-sidecar-1st-call.json'),
  'utf8'
)
const program = join(import.meta.dirname, '../../src/main.ts')

/** A server whose standard output is this. */
async function start(t: Test, stdout: 'pipe' | number) {
  const [port, probesPort] = [await freePort(), await freePort()]
  const server = { host: '127.0.0.1', port, probesPort, drainDelay: 0 }
  const certificates = { mode: 'files', directory: await pairFolder(t) }
  const file = join(freshFolder(t), 'config.json')
  writeFileSync(file, JSON.stringify({ server, certificates }))
  const child = spawn(process.execPath, [program, 'serve', '--config', file], {
    stdio: ['ignore', stdout, 'pipe']
  })
  t.teardown(() => child.kill('SIGKILL'))
  const errors: string[] = []
  child.stderr?.on('data', (data: Buffer) => errors.push(data.toString()))
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? ''))
  )
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const probes = `http://127.0.0.1:${probesPort}`
  await until('the server being ready', () => answers(`${probes}/readyz`))
  return {
    child,
    ended,
    errors,
    /** Sends so many reviews and counts those that were answered. */
    ask: async (count: number): Promise<number> => {
      let answered = 0
      const caller = async (): Promise<void> => {
        for (let sent = 0; sent < count / 10; sent++) {
          if ((await send(port, review, { agent })).code === 200) answered++
        }
      }
      await Promise.all(Array.from({ length: 10 }, caller))
      return answered
    },
    lost: async (): Promise<number> => {
      const text = await (await fetch(`${probes}/metrics`)).text()
      return Number(/^spiffe_webhook_log_lines_lost_total (\d+)$/m.exec(text)?.[1])
    }
  }
}

t.test('a full disk under the log costs no review, and does not hold up the end', async (t) => {
  const { child, ended, errors, ask } = await start(t, openSync('/dev/full', 'w'))
  t.equal(await ask(100), 100)
  child.kill('SIGTERM')
  t.equal(await ended, exitCodes.clean)
  t.strictSame(errors, [])
})

t.test(
  'a reader of the log that goes away costs no review, and its lines are counted',
  async (t) => {
    const { child, ended, errors, ask, lost } = await start(t, 'pipe')
    child.stdout?.destroy()
    t.equal(await ask(100), 100)
    t.ok((await lost()) > 0, `${await lost()} lines lost`)
    child.kill('SIGTERM')
    t.equal(await ended, exitCodes.clean)
    t.strictSame(errors, [])
  }
)
