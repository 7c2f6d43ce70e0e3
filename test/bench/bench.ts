/**
 * Entry of `npm run bench`: /inject and the limit in turn, in one run, each on core 1 with the load on core 0.
 * Exits with 1 where a figure is missed.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atLeast, atMost, judge } from './figure.ts'
import { growth } from './growth.ts'
import { heading, inTurn, method, ratio, row } from './load.ts'
import { startLimit, startWebhook } from './servers.ts'
import { startStandIn } from './stand-in-api-server.ts'

const review = readFileSync(
  join(import.meta.dirname, '../fixtures/reviews/inject-native-sidecar-1st-call.json')
)
// As the API server sends it: without the recording's indentation.
const body = JSON.stringify(JSON.parse(review.toString()))

const directory = mkdtempSync(join(tmpdir(), 'spiffe-webhook-bench-'))
const standIn = await startStandIn()
const limit = await startLimit(directory)
const webhook = await startWebhook(directory, standIn)
try {
  const servers = [limit, webhook]
  const results = await inTurn(servers.map(({ name, url }) => ({ name, url, body })))
  console.log(`POST /inject over TLS, a review of ${body.length} bytes, ${method}.`)
  console.log(
    'The webhook runs in mode selfSigned; a stand-in for the API server has its Secret.\n'
  )
  console.log(`${heading('reviews/s')}  peak MiB  ready ms`)
  for (const { name, peakMemory, readyAfter } of servers) {
    const more = [peakMemory(), readyAfter].map((value) => value.toFixed(0).padStart(10))
    console.log(`${row(name, results.get(name) ?? [])}${more.join('')}`)
  }
  console.log()
  judge([
    atLeast('ratio to the limit', ratio(results, webhook.name, limit.name), 0.85),
    atMost('MiB at most, with the Kubernetes client loaded:', webhook.peakMemory(), 100),
    atMost('ms from start to ready, the Secret being there:', webhook.readyAfter, 1000),
    ...growth()
  ])
} finally {
  await webhook.stop()
  await limit.stop()
  await standIn.close()
  rmSync(directory, { recursive: true })
}
