import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { makeLeaf } from '../../src/certificates/self-signed.ts'
import { ca, makePair, open, send, serve, swappedPair } from './serving.ts'

const native = readFileSync(
  join(import.meta.dirname, '../fixtures/reviews/inject-native-sidecar-1st-call.json'),
  'utf8'
)
const name = 'spiffe_webhook_'

const scrape = async (port: number): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/metrics`)).text()

/** The value of one series, spelled as Prometheus reads it. */
const sample = (text: string, series: string): number => {
  const line = text.split('\n').find((line) => line.startsWith(`${name}${series} `))
  return line === undefined ? Number.NaN : Number(line.split(' ').at(-1))
}

t.test('one review, one rejection: each series moves from 0', async (t) => {
  const { port, probesPort } = await serve(t)
  const before = await scrape(probesPort)
  const injected = 'decisions_total{endpoint="/inject",decision="injected",reason="Injected"}'
  for (const series of [
    injected,
    'decisions_total{endpoint="/guard/enforce",decision="refused",reason="NotOnWorkloadApi"}',
    'request_duration_seconds_count{endpoint="/inject"}',
    'rejected_requests_total{code="400"}',
    'rejected_requests_total{code="500"}',
    'ca_bundle_repairs_total{configuration="mutating"}',
    'certificate_rotations_total',
    'certificate_failures_total',
    'refused_connections_total',
    'log_lines_lost_total'
  ]) {
    t.equal(sample(before, series), 0, series)
  }
  await send(port, native, { path: '/inject?timeout=5s' })
  await send(port, 'x')
  const after = await scrape(probesPort)
  t.equal(sample(after, injected), 1)
  t.equal(sample(after, 'rejected_requests_total{code="400"}'), 1)
  t.equal(sample(after, 'request_duration_seconds_count{endpoint="/inject"}'), 1)
  t.equal(sample(after, 'request_body_bytes_sum{endpoint="/inject"}'), Buffer.byteLength(native))
  t.equal(sample(after, 'ready'), 1)
  t.equal(sample(after, 'build_info{version="1.2.3"}'), 1)
  t.match(after, /^spiffe_webhook_config_info\{hash="[0-9a-f]{12}"\} 1$/m)
  t.match(after, /^process_resident_memory_bytes /m)
  t.match(after, /^nodejs_eventloop_lag_seconds /m)
  t.notMatch(after, /^nodejs_eventloop_lag_p99_seconds /m, 'no timer for it')
})

t.test('a slow sender is part of the duration, up to the timeout of the server', async (t) => {
  const { port, probesPort } = await serve(t, { config: { requestTimeout: 2000 } })
  const socket = await open(port)
  const answered = new Promise((resolve) => socket.once('data', resolve))
  const type = 'Host: x\r\nContent-Type: application/json\r\n'
  socket.write(
    `POST /inject HTTP/1.1\r\n${type}Content-Length: ${Buffer.byteLength(native)}\r\n\r\n`
  )
  await sleep(50)
  const during = await scrape(probesPort)
  t.equal(sample(during, 'requests_in_flight'), 1)
  t.equal(sample(during, 'connections'), 1)
  await sleep(300)
  socket.write(native)
  await answered
  await sleep(20)
  const text = await scrape(probesPort)
  const bucket = (le: string): number =>
    sample(text, `request_duration_seconds_bucket{endpoint="/inject",le="${le}"}`)
  t.same([bucket('0.25'), bucket('1'), bucket('2'), bucket('+Inf')], [0, 1, 1, 1])
  t.ok(Number.isNaN(bucket('2.5')), 'no bucket above the timeout')
  t.equal(sample(text, 'requests_in_flight'), 0)
  socket.destroy()
})

t.test('who leaves before the answer is not measured, and no longer in flight', async (t) => {
  const { port, probesPort } = await serve(t)
  const socket = await open(port)
  socket.write('POST /inject HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n')
  await sleep(50)
  socket.destroy()
  await sleep(50)
  const text = await scrape(probesPort)
  t.equal(sample(text, 'requests_in_flight'), 0)
  t.equal(sample(text, 'connections'), 0)
  t.equal(sample(text, 'request_duration_seconds_count{endpoint="/inject"}'), 0)
})

t.test('limits show: a body, a connection, a timeout', async (t) => {
  const config = { bodyLimit: 1000, maxConnections: 1, requestTimeout: 300 }
  const { port, probesPort } = await serve(t, { config })
  await send(port, native)
  const held = (await open(port)).on('error', () => undefined).resume()
  const makesWay = new Promise((resolve) => held.once('close', resolve))
  await send(port, native)
  await makesWay
  await sleep(50)
  const slow = (await open(port)).on('error', () => undefined).resume()
  slow.write('POST /inject HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  const dribble = setInterval(() => slow.write('1'), 50)
  await new Promise((resolve) => slow.once('close', resolve))
  clearInterval(dribble)
  const text = await scrape(probesPort)
  t.equal(sample(text, 'rejected_requests_total{code="413"}'), 2)
  t.equal(sample(text, 'rejected_requests_total{code="408"}'), 1)
  t.equal(sample(text, 'refused_connections_total'), 1)
})

t.test('the certificate that is served, and each one after it', async (t) => {
  const now = Date.now()
  const pairs = swappedPair(await makeLeaf(ca, ['localhost'], { now, lifetime: 60 }))
  const { probesPort } = await serve(t, { pairs })
  const ends = async (): Promise<number> =>
    sample(await scrape(probesPort), 'certificate_not_after_timestamp_seconds')
  const first = await ends()
  t.ok(Math.abs(first - now / 1000 - 60) < 5, `${first}`)
  const begins = sample(await scrape(probesPort), 'certificate_not_before_timestamp_seconds')
  t.ok(begins <= now / 1000 && begins > now / 1000 - 3600, `${begins}`)
  pairs.swap(await makePair())
  t.ok((await ends()) > first)
  t.equal(sample(await scrape(probesPort), 'certificate_rotations_total'), 1)
  pairs.swap({ cert: (await makePair()).cert, key: 'no key' })
  const text = await scrape(probesPort)
  t.equal(sample(text, 'certificate_failures_total'), 1)
  t.equal(sample(text, 'certificate_rotations_total'), 1)
})

t.test(
  'before there is a certificate a replica is not ready, and shows no end of one',
  async (t) => {
    const pairs = swappedPair(undefined, ['no certificate yet'])
    const starting = serve(t, { pairs })
    await sleep(100)
    pairs.swap(await makePair())
    const { probesPort } = await starting
    t.equal(sample(await scrape(probesPort), 'ready'), 0, 'the source is not ready')
  }
)
