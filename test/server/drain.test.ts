import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { open, send, serve } from './serving.ts'

const native = readFileSync(
  join(import.meta.dirname, '../fixtures/reviews/inject-native-sidecar-1st-call.json'),
  'utf8'
)
const head = `POST /inject HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(native)}\r\n\r\n`

t.test('not ready at once, served until the delay is over, then closed', async (t) => {
  const { port, probesPort, drain } = await serve(t, { config: { drainDelay: 1500 } })
  const drained = drain()
  const readiness = await fetch(`http://127.0.0.1:${probesPort}/readyz`)
  t.equal(readiness.status, 503)
  t.match(await readiness.text(), /shutting down/)
  const answer = await send(port, native, { headers: { connection: 'keep-alive' } })
  t.match(answer, { code: 200, headers: { connection: 'close' } })
  await drained
  await t.rejects(send(port, native))
})

t.test('what was begun is answered after the server stopped listening', async (t) => {
  const { port, drain } = await serve(t)
  const socket = await open(port)
  const answered = new Promise<string>((resolve) => {
    let text = ''
    socket.on('data', (data) => {
      text += data.toString()
    })
    socket.on('close', () => resolve(text))
  })
  socket.write(`${head}${native.slice(0, 1000)}`)
  await sleep(50)
  const drained = drain()
  await sleep(100)
  await t.rejects(send(port, native), 'no new connection is taken')
  socket.write(native.slice(1000))
  const text = await answered
  t.match(text, /^HTTP\/1\.1 200 OK\r\n/)
  t.match(text, /connection: close/i)
  t.match(text, /"patchType":"JSONPatch"/)
  await drained
})

t.test('a request on a connection that lives on is judged, not turned away', async (t) => {
  const { port, drain } = await serve(t)
  const held = await open(port)
  held.on('error', () => undefined)
  held.write(head)
  const socket = await open(port)
  const answered = new Promise<string>((resolve) =>
    socket.once('data', (data) => resolve(data.toString()))
  )
  // Its header began before the close, so the connection is not idle and not closed.
  socket.write(head.slice(0, 20))
  await sleep(50)
  const drained = drain()
  await sleep(50)
  socket.write(`${head.slice(20)}${native}`)
  t.match(await answered, /^HTTP\/1\.1 200 OK/)
  held.destroy()
  await drained
})

t.test('a caller who never finishes is cut off', async (t) => {
  const { port, drain } = await serve(t, { config: { requestTimeout: 500 } })
  const socket = await open(port)
  socket.on('error', () => undefined)
  socket.write(head)
  await sleep(50)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const dribble = setInterval(() => socket.write(' '), 50)
  const began = Date.now()
  await drain()
  await closed
  clearInterval(dribble)
  t.ok(Date.now() - began < 1500, `${Date.now() - began} ms`)
})

t.test('nor does a caller of the probes who never finishes hold the end up', async (t) => {
  const { probesPort, drain } = await serve(t, { config: { requestTimeout: 500 } })
  const socket = connect(probesPort, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  await sleep(50)
  const dribble = setInterval(() => socket.write('1'), 50)
  t.teardown(() => clearInterval(dribble))
  const began = Date.now()
  await drain()
  t.ok(Date.now() - began < 2500, `${Date.now() - began} ms`)
})
