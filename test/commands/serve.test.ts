import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { exitCodes } from '../../src/commands/io.ts'
import { serve } from '../../src/commands/serve.ts'
import { kubeConfigOf, startStandIn } from '../bench/stand-in-api-server.ts'
import { defaultConfig } from '../config/default-config.ts'
import { freshFolder, pairFolder, startProcess, writePair } from '../server/serve-process.ts'
import { send } from '../server/serving.ts'
import { runCommand } from './run-command.ts'

const review = readFileSync(
  join(import.meta.dirname, '../fixtures/reviews/inject-native-sidecar-1st-call.json'),
  'utf8'
)
const here = { host: '127.0.0.1', port: 0, probesPort: 0, drainDelay: 0, requestTimeout: 1000 }

/** The environment of a process whose API server is at this address. */
function cluster(t: Test, url: string): { readonly KUBECONFIG: string } {
  const file = `${freshFolder(t)}/kubeconfig`
  writeFileSync(file, kubeConfigOf({ url }))
  return { KUBECONFIG: file }
}

/** A port that takes connections and never says a word. */
async function silentPort(t: Test): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    t.teardown(() => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

t.test('help goes to standard output', async (t) => {
  t.match(await runCommand(serve, ['--help']), { code: 0, out: /^Usage: spiffe-webhook serve/ })
})

t.test('--print-config prints every default, as a file that --config takes', async (t) => {
  const { code, out } = await runCommand(serve, ['--print-config'])
  t.equal(code, exitCodes.clean)
  t.strictSame(parse(out), defaultConfig)
  const file = `${t.testdir({ 'config.yaml': out })}/config.yaml`
  t.strictSame(await runCommand(serve, ['--config', file, '--print-config']), {
    code: 0,
    out,
    err: ''
  })
})

t.test('what is wrong is said all at once, before a port is bound', async (t) => {
  const faulty = { server: { port: 'x', bodyLimit: 1 }, guard: { nonsense: true } }
  const file = `${t.testdir({ 'config.json': JSON.stringify(faulty) })}/config.json`
  const { code, out, err } = await runCommand(serve, ['--config', file])
  t.equal(code, exitCodes.usage)
  t.equal(out, '')
  for (const field of ['server.port', 'server.bodyLimit', 'guard.nonsense']) t.match(err, field)
  for (const args of [['--prot', '1'], ['surplus'], ['--config', '/nowhere/config.yaml']]) {
    const ran = await runCommand(serve, args)
    t.match(ran, { code: exitCodes.usage, err: /^spiffe-webhook serve: / }, args.join(' '))
  }
})

t.test(
  'it says all its settings, serves, follows its files, and ends with everything written',
  async (t) => {
    const directory = await pairFolder(t)
    const started = startProcess(t, { certificates: { mode: 'files', directory }, server: here })
    const { port } = await started.said('listening')
    t.match(started.lines[0], {
      level: 'info',
      msg: 'starting',
      config: { ...defaultConfig, certificates: { mode: 'files', directory }, server: here }
    })
    t.match(await send(Number(port), review), { code: 200 })
    await writePair(directory)
    await started.said('serving a new certificate')
    t.match(await send(Number(port), review), { code: 200 })
    started.child.kill('SIGTERM')
    t.equal(await started.ended, exitCodes.clean)
    t.strictSame(
      started.lines.map(({ msg }) => msg),
      [
        'starting',
        'listening',
        'decision',
        'serving a new certificate',
        'decision',
        'draining',
        'stopped'
      ]
    )
    t.equal(started.errors(), '')
  }
)

t.test('a second signal does not wait for the drain', async (t) => {
  const directory = await pairFolder(t)
  const server = { ...here, drainDelay: 60_000 }
  const started = startProcess(t, { certificates: { mode: 'files', directory }, server })
  await started.said('listening')
  started.child.kill('SIGTERM')
  await started.said('draining')
  started.child.kill('SIGINT')
  t.equal(await started.ended, exitCodes.fault)
})

t.test('a fault at the start ends the process', async (t) => {
  const directory = await pairFolder(t)
  const files = { mode: 'files', directory }
  const port = await silentPort(t)
  const nobody = cluster(t, 'http://127.0.0.1:9')
  const cases = [
    ['no pair', { certificates: { mode: 'files', directory: freshFolder(t) } }, /npm run certs/],
    ['port taken', { certificates: files, server: { ...here, port } }, /EADDRINUSE/],
    ['probes port taken, selfSigned', { server: { ...here, probesPort: port } }, /EADDRINUSE/]
  ] as const
  for (const [what, config, message] of cases) {
    const started = startProcess(t, config, nobody)
    t.equal(await started.ended, exitCodes.fault, what)
    t.match(started.errors(), message, what)
  }
})

t.test('it can be ended while it waits for its first certificate', async (t) => {
  const url = `http://127.0.0.1:${await silentPort(t)}`
  const started = startProcess(t, { server: here }, cluster(t, url))
  await started.said('starting')
  await sleep(500)
  started.child.kill('SIGTERM')
  t.equal(await started.ended, exitCodes.clean)
  t.equal(started.lines.at(-1)?.msg, 'stopped before the start was over')
})

t.test('with the Secret present it becomes ready by itself', async (t) => {
  const standIn = await startStandIn()
  t.teardown(standIn.close)
  const began = Date.now()
  const started = startProcess(t, { server: here }, cluster(t, standIn.url))
  const { probesPort } = await started.said('listening')
  const answer = await fetch(`http://127.0.0.1:${String(probesPort)}/readyz`)
  t.equal(answer.status, 200)
  t.comment(`${Date.now() - began} ms, from the source`)
  started.child.kill('SIGTERM')
  t.equal(await started.ended, exitCodes.clean)
})
