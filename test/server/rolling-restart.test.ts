import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { pairFolder, type ServeProcess, startProcess } from './serve-process.ts'
import { ca } from './serving.ts'

const native = readFileSync(
  join(import.meta.dirname, '../fixtures/reviews/inject-native-sidecar-1st-call.json'),
  'utf8'
)

interface Replica extends ServeProcess {
  readonly port: number
}

async function startReplica(t: Test, directory: string): Promise<Replica> {
  const server = {
    host: '127.0.0.1',
    port: 0,
    probesPort: 0,
    drainDelay: 600,
    requestTimeout: 1000
  }
  const started = startProcess(t, { certificates: { mode: 'files', directory }, server })
  const { port, probesPort } = await started.said('listening')
  const replica = { ...started, port: Number(port) }
  void follow(replica, Number(probesPort))
  return replica
}

/** The replicas that a Service would send requests to: those whose readiness probe succeeds, a little late. */
const endpoints = new Set<Replica>()
const probeInterval = 50

async function follow(replica: Replica, probesPort: number): Promise<void> {
  while (replica.child.exitCode === null) {
    const url = `http://127.0.0.1:${probesPort}/readyz`
    const status = await fetch(url).then(
      ({ status }) => status,
      () => 0
    )
    if (status === 200) endpoints.add(replica)
    else endpoints.delete(replica)
    await sleep(probeInterval)
  }
}

const agent = new Agent({ keepAlive: true, ca: ca.cert, servername: 'localhost' })

function ask(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const options = { agent, host: '127.0.0.1', port, path: '/inject', method: 'POST', headers }
    const sent = request(options, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
    })
    sent.once('error', reject)
    sent.end(native)
  })
}

t.test('a rolling restart under load loses no request', async (t) => {
  const directory = await pairFolder(t)
  let [old, other] = [await startReplica(t, directory), await startReplica(t, directory)]
  while (endpoints.size < 2) await sleep(10)
  const failures: unknown[] = []
  const state = { on: true, sent: 0 }
  const load = Array.from({ length: 8 }, async (_, i) => {
    while (state.on) {
      const targets = [...endpoints]
      const target = targets[(state.sent + i) % targets.length]
      state.sent += 1
      if (target === undefined) failures.push('no endpoint')
      else {
        const code = await ask(target.port).catch((error: unknown) => error)
        if (code !== 200) failures.push(code)
      }
      await sleep(2)
    }
  })
  for (let round = 0; round < 2; round++) {
    const fresh = await startReplica(t, directory)
    while (!endpoints.has(fresh)) await sleep(10)
    const before = state.sent
    old.child.kill('SIGTERM')
    t.equal(await old.ended, 0)
    t.ok(state.sent - before > 20, `${state.sent - before} requests while a replica went away`)
    ;[old, other] = [other, fresh]
  }
  state.on = false
  await Promise.all(load)
  agent.destroy()
  t.strictSame(failures, [])
  for (const { child, ended } of [old, other]) {
    child.kill('SIGTERM')
    t.equal(await ended, 0)
  }
})
