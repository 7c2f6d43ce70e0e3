/**
 * Entry of `npm run bench`: /inject and the limit in turn, in one run, each on core 1 with the load on core 0.
 * Exits with 1 where a figure is missed.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { growth } from './growth.ts'
import { benchFolder, type Measured, startLimit, startWebhook } from './servers.ts'

const review = readFileSync(
  join(import.meta.dirname, '../fixtures/reviews/inject-native-sidecar-1st-call.json')
)
// As the API server sends it: without the recording's indentation.
const body = JSON.stringify(JSON.parse(review.toString()))
const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const seconds = Number(process.env.BENCH_SECONDS ?? 4)

interface Round {
  readonly rate: number
  readonly p50: number
  readonly p99: number
}

async function load(server: Measured, duration: number): Promise<Round> {
  const result = await autocannon({
    url: `https://127.0.0.1:${server.port}/inject`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    connections: 16,
    duration,
    tlsOptions: { rejectUnauthorized: false }
  })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${server.name}: requests failed`)
  return { rate: result.requests.average, p50: result.latency.p50, p99: result.latency.p99 }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

function report(server: Measured, all: readonly Round[]): string {
  const of = (key: keyof Round): string => median(all.map((round) => round[key])).toFixed(1)
  const { name, startedAfter } = server
  return `${name.padEnd(16)} ${of('rate').padStart(8)} ${of('p50').padStart(8)} ${of('p99').padStart(8)} ${server.peakMemory().toFixed(0).padStart(9)} ${String(startedAfter).padStart(10)}`
}

const failures: string[] = []
const must = (what: string, holds: boolean): void => {
  console.log(`${holds ? 'ok    ' : 'MISSED'} ${what}`)
  if (!holds) failures.push(what)
}

const folder = await benchFolder()
const limit = await startLimit(folder)
const webhook = await startWebhook(folder)
try {
  // Until the compiler is done with both: a server in production has been running for a while.
  for (const server of [limit, webhook]) await load(server, 8)
  const results = new Map<Measured, Round[]>([
    [limit, []],
    [webhook, []]
  ])
  for (let round = 0; round < rounds; round++) {
    for (const [server, all] of results) all.push(await load(server, seconds))
  }
  const ratios = (results.get(webhook) ?? []).map(
    ({ rate }, i) => rate / (results.get(limit)?.[i]?.rate ?? Number.POSITIVE_INFINITY)
  )
  console.log(
    `POST /inject over TLS, a review of ${body.length} bytes, 16 connections, medians of ${rounds} rounds of ${seconds} s\n`
  )
  console.log('                   admissions/s  p50 ms  p99 ms  peak MiB  started ms')
  for (const [server, all] of results) console.log(report(server, all))
  console.log()
  const ratio = median(ratios)
  must(`ratio to the limit ${ratio.toFixed(2)} >= 0.85`, ratio >= 0.85)
  must(`peak memory ${webhook.peakMemory().toFixed(0)} MiB <= 100`, webhook.peakMemory() <= 100)
  must(`start to listening ${webhook.startedAfter} ms <= 1000`, webhook.startedAfter <= 1000)
  for (const { what, holds } of growth()) must(what, holds)
} finally {
  await webhook.stop()
  await limit.stop()
  folder.remove()
}
process.exitCode = failures.length > 0 ? 1 : 0
