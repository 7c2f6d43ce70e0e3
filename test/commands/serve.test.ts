import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { makePair, send } from '../server/serving.ts'

const root = join(import.meta.dirname, '../..')
const review = readFileSync(
  join(root, 'test/fixtures/reviews/inject-native-sidecar-1st-call.json'),
  'utf8'
)

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })

interface Process {
  readonly child: ChildProcess
  readonly port: number
  readonly directory: string
  readonly log: () => readonly Record<string, unknown>[]
  readonly ended: Promise<number | null>
}

/** `spiffe-webhook serve` as a process, ready to be asked. */
async function start(t: Test, drainDelay: number): Promise<Process> {
  const pair = await makePair()
  const directory = mkdtempSync(join(tmpdir(), 'spiffe-webhook-serve-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'tls.crt'), pair.cert)
  writeFileSync(join(directory, 'tls.key'), pair.key)
  const [port, probesPort] = [await freePort(), await freePort()]
  const server = { host: '127.0.0.1', port, probesPort, drainDelay }
  const config = { certificates: { mode: 'files', directory }, server }
  const file = join(directory, 'config.json')
  writeFileSync(file, JSON.stringify(config))
  const child = spawn(process.execPath, [join(root, 'src/bin.js'), 'serve', '--config', file])
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  t.teardown(() => child.kill('SIGKILL'))
  const end = Date.now() + 10_000
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${probesPort}/readyz`).catch(() => undefined)
    if (ready?.status === 200) break
    if (Date.now() > end) throw new Error(`not ready: ${out}`)
    await sleep(20)
  }
  const log = (): Record<string, unknown>[] =>
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  return { child, port, directory, log, ended }
}

t.test('it serves, follows its files, and ends with everything written', async (t) => {
  const { child, port, directory, log, ended } = await start(t, 0)
  t.match(await send(port, review), { code: 200 })
  const next = await makePair()
  writeFileSync(join(directory, 'tls.crt'), next.cert)
  writeFileSync(join(directory, 'tls.key'), next.key)
  await sleep(1500)
  t.match(await send(port, review), { code: 200 })
  child.kill('SIGTERM')
  t.equal(await ended, 0)
  const messages = log().map(({ msg }) => msg)
  t.same(messages, [
    'starting',
    'listening',
    'decision',
    'serving a new certificate',
    'decision',
    'draining',
    'stopped'
  ])
  t.match(log()[0], { config: { server: { port } } })
})

t.test('two processes, one restarted under load: no request is lost', async (t) => {
  const first = await start(t, 300)
  let current = first.port
  const counts = { sent: 0, lost: 0 }
  const state = { on: true }
  // The part of the endpoints: who is not ready gets no new connections within the drain delay.
  const load = Array.from({ length: 6 }, async () => {
    while (state.on) {
      counts.sent += 1
      await send(current, review).catch(() => {
        counts.lost += 1
      })
    }
  })
  await sleep(200)
  const second = await start(t, 300)
  first.child.kill('SIGTERM')
  await sleep(100)
  current = second.port
  t.equal(await first.ended, 0)
  await sleep(200)
  state.on = false
  await Promise.all(load)
  t.equal(counts.lost, 0)
  t.ok(counts.sent > 50, `${counts.sent} requests`)
})

t.test('a second signal ends it at once', async (t) => {
  const { child, ended } = await start(t, 60_000)
  child.kill('SIGTERM')
  await sleep(200)
  child.kill('SIGTERM')
  t.equal(await ended, 70)
})
