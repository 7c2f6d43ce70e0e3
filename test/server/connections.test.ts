import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type CrowdOptions, gather } from './crowd.ts'
import { open, send, serve } from './serving.ts'

const native = readFileSync(
  join(import.meta.dirname, '../fixtures/reviews/inject-native-sidecar-1st-call.json'),
  'utf8'
)
const head = (length: number): string =>
  `POST /inject HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`
const half = `${head(Buffer.byteLength(native))}${native.slice(0, 1000)}`
const whole = `${head(Buffer.byteLength(native))}${native}`

const one = ['127.0.0.2']
const many = Array.from({ length: 30 }, (_, i) => `127.0.1.${i + 1}`)

/** Reviews of new callers, one after the other, each on a connection of its own. */
async function newCallers(port: number, count: number): Promise<readonly unknown[]> {
  const failed: unknown[] = []
  for (let i = 0; i < count; i++) {
    const answer = await send(port, native).catch((error: unknown) => error)
    if ((answer as { code: number }).code !== 200) failed.push(answer)
  }
  return failed
}

/** Neither an established caller nor a new one of another address notices the crowd. */
async function survives(
  t: Test,
  crowd: Omit<CrowdOptions, 'port'>,
  maxConnections: number
): Promise<void> {
  const { port } = await serve(t, { config: { maxConnections } })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const kept = { agent, headers: { connection: 'keep-alive' } }
  t.match(await send(port, native, kept), { code: 200 })
  const [established] = Object.values(agent.freeSockets).flat()
  const { made, open, leave } = await gather(t, { port, ...crowd })
  t.ok(made >= crowd.count && open() >= maxConnections - 5, `${made} made, ${open()} open`)
  t.same(await newCallers(port, 10), [])
  t.match(await send(port, native, kept), { code: 200 })
  t.equal(established?.destroyed, false, 'the established connection is the same')
  leave()
}

const kinds: readonly (readonly [string, string | undefined])[] = [
  ['are silent', undefined],
  ['are silent after the handshake', ''],
  ['send half a header', half.slice(0, 30)],
  ['send half a request', half],
  ['send a review, and are silent', whole],
  ['send a review and half of another', `${whole}${half}`]
]

for (const [what, says] of kinds) {
  const words = says === undefined ? {} : { says }
  t.test(`more callers of one address than places who ${what}`, async (t) => {
    await survives(t, { count: 30, from: one, ...words }, 20)
  })
}

for (const [what, says] of kinds.slice(2, 4)) {
  const words = says === undefined ? {} : { says }
  t.test(`more callers of thirty addresses than places who ${what}`, async (t) => {
    await survives(t, { count: 60, from: many, ...words }, 40)
  })
}

t.test('1,030 silent callers at 1,024 places', async (t) => {
  await survives(t, { count: 1030, from: one }, 1024)
})

t.test('silent callers of the probes shut out no probe', async (t) => {
  const { probesPort } = await serve(t, { config: { maxConnections: 40 } })
  await gather(t, { port: probesPort, count: 60, from: one })
  for (let i = 0; i < 20; i++) {
    const headers = { connection: 'close' }
    t.equal((await fetch(`http://127.0.0.1:${probesPort}/livez`, { headers })).status, 200)
  }
})

t.test('who never ends a request to the probes is cut off', async (t) => {
  const { probesPort } = await serve(t, { config: { requestTimeout: 600 } })
  const slow = connect(probesPort, '127.0.0.1').on('error', () => undefined)
  slow.resume().write('GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  const dribble = setInterval(() => slow.write('1'), 50)
  const took = await patience(slow)
  clearInterval(dribble)
  t.ok(took < 1500, `${took} ms, at most twice the timeout`)
})

t.test('a caller who has taken all places with requests makes no room for one more', async (t) => {
  const { port } = await serve(t, { config: { maxConnections: 2 } })
  for (const socket of [await open(port), await open(port)]) {
    const answered = new Promise((resolve) => socket.once('data', resolve))
    socket.on('error', () => undefined).write(whole)
    await answered
    socket.write(half)
  }
  await sleep(50)
  await t.rejects(send(port, native), 'as what was begun must be answered')
})

/** Milliseconds until the server hangs up on a caller who says nothing; 3,000 where it does not before. */
async function patience(caller: {
  once: (event: 'close', heard: () => void) => unknown
}): Promise<number> {
  const began = Date.now()
  await Promise.race([new Promise<void>((resolve) => caller.once('close', resolve)), sleep(3000)])
  return Date.now() - began
}

t.test('a stranger says something soon, an established caller need not', async (t) => {
  const { port } = await serve(t, { config: { requestTimeout: 600 } })
  const withoutTls = connect(port, '127.0.0.1').on('error', () => undefined)
  const stranger = (await open(port)).on('error', () => undefined).resume()
  const times = await Promise.all([patience(withoutTls.resume()), patience(stranger)])
  t.ok(Math.max(...times) < 1500, `${times} ms`)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  await send(port, native, { agent, headers: { connection: 'keep-alive' } })
  // kube-apiserver opens one for a request that then takes another which became free, and keeps it.
  const unused = (await open(port)).on('error', () => undefined).resume()
  t.ok((await patience(unused)) >= 3000)
  const answered = new Promise((resolve) => unused.once('data', (data) => resolve(data.toString())))
  unused.write(whole)
  t.match(await answered, /^HTTP\/1\.1 200 OK/)
  unused.write(half)
  t.ok((await patience(unused)) < 1500, 'what it begins it must end in time')
})
