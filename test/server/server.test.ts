import { readFileSync, rmSync } from 'node:fs'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { generate } from 'selfsigned'
import t from 'tap'
import { makeCa, makeLeaf } from '../../src/certificates/self-signed.ts'
import { pod, review, volume } from '../guard/decision-table-objects.ts'
import { type Answer, ca, makePair, open, send, serve, swappedPair } from './serving.ts'

const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../fixtures/reviews', `${name}.json`), 'utf8')
const native = recorded('inject-native-sidecar-1st-call')
const uid = JSON.parse(native).request.uid

t.test('each endpoint answers a recorded review with 200 and its UID', async (t) => {
  const { port, log } = await serve(t)
  const injected = await send(port, native)
  t.match(injected, {
    code: 200,
    body: { kind: 'AdmissionReview', response: { uid, allowed: true } }
  })
  t.equal(injected.body.response?.patchType, 'JSONPatch')
  const operations = JSON.parse(atob(String(injected.body.response?.patch)))
  t.ok(operations.length > 0)
  const raw = recorded('guard-pod-raw-socket')
  for (const [path, allowed] of [
    ['/guard/enforce', false],
    ['/guard/enforce-host-paths', false],
    ['/guard/warn', true]
  ] as const) {
    t.match(await send(port, raw, { path }), { code: 200, body: { response: { allowed } } }, path)
  }
  const lines = log.filter(({ msg }) => msg === 'decision')
  t.equal(lines.length, 4)
  t.match(lines[0], {
    endpoint: '/inject',
    uid,
    namespace: 'rec-mesh',
    name: 'front-end-6c45f7c96d-',
    owner: 'ReplicaSet/front-end-6c45f7c96d',
    kind: 'Pod',
    operation: 'CREATE',
    decision: 'injected',
    reason: 'Injected',
    operations: operations.length,
    milliseconds: Number
  })
  t.notMatch(JSON.stringify(log), /istiod\.istio-system/, 'no env value is logged')
})

const uidless = JSON.stringify({ ...JSON.parse(native), request: { kind: {} } })
const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`

const refusals: readonly (readonly [string, string, Parameters<typeof send>[2], number, RegExp])[] =
  [
    ['no JSON', '{"kind":', {}, 400, /^the body is not JSON: send an AdmissionReview$/],
    ['an empty body', '', {}, 400, /AdmissionReview/],
    ['JSON that is no review', '[]', {}, 400, /^the body is not an AdmissionReview$/],
    ['a deep nest', deep, {}, 400, /^the body is not an AdmissionReview$/],
    ['no UID', uidless, {}, 400, /^the AdmissionRequest has no uid$/],
    [
      'another content type',
      native,
      { headers: { 'content-type': 'text/plain' } },
      415,
      /application\/json/
    ],
    ['another method', '', { method: 'PUT' }, 405, /POST/],
    ['OPTIONS', '', { method: 'OPTIONS' }, 405, /POST/],
    ['a path that is no text', native, { path: '/inject%ff' }, 400, /^the path cannot be read$/],
    [
      'an encoded path',
      native,
      { path: '/%69nject' },
      404,
      /^no webhook at \/%69nject: use \/inject,/
    ],
    ['an expectation', native, { headers: { expect: 'x' } }, 417, /Expect/],
    ['another path', native, { path: '/mutate' }, 404, /^no webhook at \/mutate: use \/inject,/]
  ]

t.test('what cannot be answered is refused in one sentence', async (t) => {
  const { port } = await serve(t)
  for (const [what, body, options, code, message] of refusals) {
    t.match(await send(port, body, options), { code, body: { message } }, what)
  }
  t.match(
    await send(port, native, { headers: { 'content-type': 'application/json; charset=utf-8' } }),
    {
      code: 200
    }
  )
})

t.test('an idle connection is left to the API server, any other is closed', async (t) => {
  const { port } = await serve(t)
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const review = await send(port, native, { agent })
  t.match(review.headers, { connection: 'keep-alive' })
  // Node announces a keepAliveTimeout where it has one, and closes a second later.
  t.notOk('keep-alive' in review.headers, 'no time after which the server closes')
  for (const [what, body, options] of refusals) {
    t.match((await send(port, body, { ...options, agent })).headers, { connection: 'close' }, what)
  }
})

t.test('what has a UID is answered, whatever it is', async (t) => {
  const { port } = await serve(t)
  const ask = (request: object, over: object = {}, path = '/guard/enforce'): Promise<Answer> =>
    send(
      port,
      JSON.stringify({ ...JSON.parse(native), ...over, request: { uid: 'u', ...request } }),
      { path }
    )
  const refused = { code: 200, body: { response: { uid: 'u', allowed: false } } }
  t.match(await ask({}, { apiVersion: 'admission.k8s.io/v1beta1' }), refused, 'another version')
  t.match(await ask({}), refused, 'no kind')
  t.match(await ask({ kind: { group: 'x', kind: 'Widget' }, object: {} }), refused, 'unknown kind')
  t.match(await ask({ kind: { group: '', kind: 'Pod' }, object: null }), refused, 'no object')
  const odd = { kind: { group: '', kind: 'Pod' }, object: { spec: { volumes: 7 } } }
  t.match(await ask(odd), refused, 'malformed')
  t.match(await ask(odd, {}, '/inject'), {
    code: 200,
    body: { response: { status: { code: 400 } } }
  })
  const proto = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","__proto__":{"a":1},
    "kind":{"group":"","kind":"Pod"},"operation":"CREATE","object":{"spec":{"volumes":[
    {"name":"v","csi":{"driver":"x","volumeAttributes":{"__proto__":"y"}}}]}}}}`
  t.match(await send(port, proto, { path: '/guard/enforce' }), {
    code: 200,
    body: { response: { allowed: false, status: { message: /"__proto__"/ } } }
  })
})

t.test('a pod of 3 MiB is judged, a body over the limit is not', async (t) => {
  const { port } = await serve(t)
  const args = ['x'.repeat(3 * 1024 * 1024)]
  const body = (count: number): string =>
    JSON.stringify(
      review(
        pod({
          volumes: [volume('/run')],
          containers: Array.from({ length: count }, (_, i) => ({ name: `c${i}`, image: 'a', args }))
        })
      )
    )
  const judged = await send(port, body(1), { path: '/guard/enforce' })
  t.match(judged, { code: 200, body: { response: { allowed: false } } })
  t.match(await send(port, body(3), { path: '/guard/enforce' }), {
    code: 413,
    body: { message: /bodyLimit/ }
  })
})

t.test('a body that does not say its length is bounded alike', async (t) => {
  const { port } = await serve(t, { config: { bodyLimit: 200_000 } })
  const headers = { 'transfer-encoding': 'chunked' }
  t.match(await send(port, native, { headers }), { code: 200 })
  const large = ' '.repeat(200_001 - native.length) + native
  t.match(await send(port, large, { headers }), { code: 413, body: { message: /bodyLimit/ } })
})

t.test('a body of more values than a review can hold is refused before it is parsed', async (t) => {
  const { port } = await serve(t)
  const hostile = [`[${'{},'.repeat(200_001)}0]`, `[${'"\\\\",'.repeat(400_001)}0]`]
  for (const body of hostile) {
    t.match(await send(port, body), { code: 413, body: { message: /400000 values/ } })
  }
  const { request, ...head } = JSON.parse(native)
  const text = { ...head, request, text: '{[,\\"'.repeat(400_000) }
  t.match(await send(port, JSON.stringify(text)), { code: 200 }, 'what stands in a string is one')
})

t.test('large bodies share one bound, and ordinary reviews are heard beside them', async (t) => {
  const { port } = await serve(t, { config: { bodyLimit: 200_000 } })
  const large = 190_000
  const hold = async (): Promise<TLSSocket> => {
    const socket = await open(port)
    socket.on('error', () => undefined)
    const type = 'Host: x\r\nContent-Type: application/json\r\n'
    socket.write(`POST /inject HTTP/1.1\r\n${type}Content-Length: ${large}\r\n\r\n`)
    socket.write('x'.repeat(large - 1))
    return socket
  }
  const held = [await hold(), await hold()]
  await sleep(200)
  const body = ' '.repeat(large - native.length) + native
  t.match(await send(port, body), {
    code: 429,
    headers: { 'retry-after': '1' },
    body: { message: /^too many large bodies/ }
  })
  t.match(await send(port, native), { code: 200 })
  held[0]?.destroy()
  await sleep(50)
  t.match(await send(port, body), { code: 200 }, 'there is room again')
  t.match(await send(port, body), { code: 200 }, 'what was answered leaves room')
  for (const socket of held) socket.destroy()
})

t.test('a fault of the engine is a 500 without details, and is logged', async (t) => {
  const broken = (): never => {
    throw new Error('secret detail')
  }
  const { port, log } = await serve(t, { admission: { inject: broken, guard: broken } })
  const answer = await send(port, native)
  t.equal(answer.code, 500)
  t.notMatch(JSON.stringify(answer.body), /secret/)
  t.match(log.at(-1), { level: 'error', err: { message: 'secret detail' } })
})

t.test('slow and idle callers are cut off, others are served meanwhile', async (t) => {
  const { port } = await serve(t, { config: { requestTimeout: 500 } })
  const began = Date.now()
  const closed = [
    '',
    'POST /inject HTTP/1.1\r\nHost: x\r\nX-Slow: ',
    'POST /inject HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"a"'
  ].map(async (text) => {
    const socket = await open(port)
    socket.on('error', () => undefined)
    const dribble = setInterval(() => text !== '' && socket.write('1'), 100)
    socket.write(text)
    socket.resume()
    await new Promise((resolve) => socket.on('close', resolve))
    clearInterval(dribble)
    return Date.now() - began
  })
  t.match(await send(port, native), { code: 200 })
  for (const milliseconds of await Promise.all(closed)) {
    t.ok(milliseconds < 2500, `closed after ${milliseconds} ms`)
  }
})

t.test('the API server is never hung up on, everyone else is', async (t) => {
  const requestTimeout = 300
  const { port } = await serve(t, { config: { requestTimeout } })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const kept = { agent, headers: { connection: 'keep-alive' } }
  t.match(await send(port, native, kept), { code: 200, headers: { connection: 'keep-alive' } })
  const [socket] = Object.values(agent.freeSockets).flat()
  await sleep(requestTimeout * 4)
  t.equal(socket?.destroyed, false, 'silent for longer than a request may take')
  t.match(await send(port, '{}', kept), { code: 400, headers: { connection: 'close' } })
  agent.destroy()
})

t.test('a new pair is used for new connections under load; old ones live on', async (t) => {
  const { port, pairs } = await serve(t)
  const old = await open(port)
  const before = old.getPeerCertificate().serialNumber
  let sent = 0
  let failed = 0
  const state = { on: true }
  const load = Array.from({ length: 8 }, async () => {
    while (state.on) {
      sent += 1
      await send(port, native).catch(() => (failed += 1))
    }
  })
  for (let i = 0; i < 5; i++) {
    // Ten more on each pair, however long this machine takes for them.
    for (const enough = sent + 10; sent < enough; ) await sleep(10)
    pairs.swap(await makePair())
  }
  state.on = false
  await Promise.all(load)
  t.equal(failed, 0)
  const fresh = await open(port)
  t.not(fresh.getPeerCertificate().serialNumber, before)
  const answered = new Promise((resolve) => old.once('data', (data) => resolve(data.toString())))
  old.write(
    'POST /inject HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]'
  )
  t.match(await answered, /^HTTP\/1\.1 400/)
  old.destroy()
  fresh.destroy()
})

t.test('with a client CA only callers with its certificate are heard', async (t) => {
  const validity = { now: Date.now(), lifetime: 3600 }
  const callers = await makeCa(validity)
  const made = await generate([{ name: 'commonName', value: 'apiserver' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: callers,
    extensions: [{ name: 'extKeyUsage', clientAuth: true }]
  })
  const caller = { cert: made.cert, key: made.private }
  const clientCa = t.testdir({ 'ca.crt': callers.cert })
  const { port, pairs } = await serve(t, { config: { clientCa: `${clientCa}/ca.crt` } })
  for (const round of ['at first', 'after a swap']) {
    await t.rejects(send(port, native), round)
    const stranger = await makePair()
    await t.rejects(send(port, native, { tls: stranger }), round)
    t.match(await send(port, native, { tls: caller }), { code: 200 }, round)
    pairs.swap(await makePair())
  }
})

t.test('a pair or a client CA that cannot be used changes nothing', async (t) => {
  const folder = t.testdir({ 'ca.crt': (await makeCa({ now: Date.now(), lifetime: 3600 })).cert })
  const { port, pairs, log } = await serve(t)
  const serial = async (): Promise<string> => {
    const socket = await open(port)
    const { serialNumber } = socket.getPeerCertificate()
    socket.destroy()
    return serialNumber
  }
  const before = await serial()
  pairs.swap({ cert: (await makePair()).cert, key: (await makePair()).key })
  t.match(log.at(-1), { level: 'error', msg: /the old one stays/ })
  t.match(await send(port, native), { code: 200 })
  t.equal(await serial(), before)
  const guarded = await serve(t, { config: { clientCa: `${folder}/ca.crt` } })
  rmSync(`${folder}/ca.crt`)
  guarded.pairs.swap(await makePair())
  t.match(guarded.log.at(-1), { level: 'error', err: { message: /^server\.clientCa: .*ENOENT/ } })
  await t.rejects(send(guarded.port, native), 'callers still need a certificate')
})

t.test(
  'a client CA that cannot be read is told with its option, and no port stays open',
  async (t) => {
    const folder = t.testdir({ 'empty.crt': '', 'ca.crt': 'no certificate' })
    for (const name of ['none.crt', 'empty.crt', 'ca.crt']) {
      const clientCa = `${folder}/${name}`
      await t.rejects(serve(t, { config: { clientCa } }), { message: /^server\.clientCa: / }, name)
    }
  }
)

t.test('only TLS 1.3 is spoken', async (t) => {
  const { port } = await serve(t)
  await t.rejects(send(port, native, { tls: { maxVersion: 'TLSv1.2' } }))
})

t.test(
  'it is ready when it listens and the source lacks nothing, and says what is missing',
  async (t) => {
    const { probesPort } = await serve(t)
    const probe = (path: string, port = probesPort): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}${path}`)
    t.equal((await probe('/livez')).status, 200)
    t.equal((await probe('/readyz')).status, 200)
    const lacking = await serve(t, {
      pairs: swappedPair(await makePair(), ['the caBundle is empty'])
    })
    const answer = await probe('/readyz', lacking.probesPort)
    t.equal(answer.status, 503)
    t.equal(await answer.text(), 'not ready: the caBundle is empty\n')
    t.equal((await probe('/livez', lacking.probesPort)).status, 200)
  }
)

t.test('with a certificate that has expired it is not ready until there is another', async (t) => {
  const past = { now: Date.now() - 100_000, lifetime: 60 }
  const pairs = swappedPair(await makeLeaf(ca, ['localhost'], past))
  const { probesPort } = await serve(t, { pairs })
  const ready = (): Promise<Response> => fetch(`http://127.0.0.1:${probesPort}/readyz`)
  const answer = await ready()
  t.equal(answer.status, 503)
  t.equal(await answer.text(), 'not ready: the serving certificate has expired\n')
  pairs.swap(await makePair())
  t.equal((await ready()).status, 200)
})

t.test('without a pair only the probes listen, and say so', async (t) => {
  const pairs = swappedPair(undefined, ['no certificate yet'])
  const starting = serve(t, { pairs })
  await sleep(100)
  pairs.swap(await makePair())
  const { port } = await starting
  t.match(await send(port, native), { code: 200 })
  t.ok(ca.cert)
})
