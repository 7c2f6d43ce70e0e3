/**
 * Entry of `npm run bench`: the server alone, beside what it is made of, in turn, in one run: each on core 1 with the
 * load on core 0. Exits with 1 where a figure is missed.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sendHeaviest } from '../server/heaviest-bodies.ts'
import { type Bodies, writeBodies } from './bodies.ts'
import { atLeast, atMost, type Figure, judge, median } from './figure.ts'
import { growth } from './growth.ts'
import { heading, inTurn, method, type Results, ratio, row, type Target, warmUp } from './load.ts'
import { type Measured, startLimit, startNode, startWebhook } from './servers.ts'
import { type StandIn, startStandIn } from './stand-in-api-server.ts'

const openLoop = { name: '1,000/s begun, whatever is answered', rate: 1000 }

/** Every server with the 9 KB review, then ours and the limit with everything else. */
function targetsOf(servers: readonly Measured[], bodies: Bodies): readonly Target[] {
  const [webhook, limit] = servers
  if (webhook === undefined || limit === undefined) throw new Error('no servers')
  const target = ({ url, cpu, name }: Measured): Target => ({
    name,
    url,
    cpu,
    bodyFile: bodies.istio
  })
  const ours = target(webhook)
  return [
    ...servers.map(target),
    { ...ours, name: '  1 connection', connections: 1 },
    { ...ours, name: '  256 connections', connections: 256 },
    { ...ours, ...openLoop },
    { ...ours, name: '  3 KB, no sidecar', bodyFile: bodies.ordinary },
    { ...target(limit), name: '  3 KB, bare Fastify', bodyFile: bodies.ordinary },
    { ...ours, name: '  60 KB', bodyFile: bodies.large },
    { ...target(limit), name: '  60 KB, bare Fastify', bodyFile: bodies.large }
  ]
}

/** Percent of a core without any caller. */
async function idle({ cpu }: Measured): Promise<number> {
  const [before, seconds] = [cpu(), 20]
  await sleep(seconds * 1000)
  return (cpu() - before) / (seconds * 10)
}

/** Milliseconds until a server is ready, of several one after the other: the median. */
async function start(directory: string, standIn: StandIn): Promise<number> {
  const took: number[] = []
  for (let round = 0; round < 5; round++) {
    const server = await startWebhook(directory, standIn)
    took.push(server.readyAfter)
    await server.stop()
  }
  return median(took)
}

/** A server that has answered the heaviest bodies for ten seconds. */
async function attack(server: Measured): Promise<Measured> {
  const { hostname: host, port } = new URL(server.url)
  const flood = { milliseconds: 10_000, connections: 16, halves: 0 }
  const { codes } = await sendHeaviest({ host, port: Number(port) }, flood)
  const answered = (codes.get(200) ?? 0) + (codes.get(400) ?? 0)
  if (answered < 20) throw new Error(`only ${answered} of the heaviest bodies were answered`)
  return server
}

/** `calm` has seen nothing but the 9 KB review, by 16 connections, and `attacked` nothing but hostile bodies. */
function figures(
  results: Results,
  [webhook, limit, calm, attacked]: readonly [Measured, Measured, Measured, Measured],
  { ready, rest }: { readonly ready: number; readonly rest: number }
): Figure[] {
  const { name } = webhook
  const late = median((results.get(openLoop.name) ?? []).map(({ p99 }) => p99))
  return [
    atMost('x the CPU time of a bare Fastify', ratio(results, name, limit.name, 'cpu'), 1.15, 2),
    atLeast('x the reviews/s of a bare Fastify', ratio(results, name, limit.name), 0.87),
    atMost('ms p99 at 1,000 reviews/s', late, 3, 2),
    atMost('MiB at most, 9 KB and 16 connections alone', calm.peakMemory(), 100),
    atMost('MiB at most, the heaviest bodies by 16 connections', attacked.peakMemory(), 128),
    atMost('ms from start to ready, the Secret being there', ready, 400),
    atMost('% of a core without a caller', rest, 0.3, 2),
    ...growth()
  ]
}

function report(results: Results, servers: readonly Measured[], bodies: Bodies): void {
  const size = (file: string): number => statSync(file).size
  console.log(
    `POST /inject over TLS 1.3, 16 connections, reviews of ${size(bodies.istio)} bytes; others of ${size(bodies.ordinary)} and ${size(bodies.large)}; ${method}.\n` +
      'The webhook runs in mode selfSigned; a stand-in for the API server has its Secret. CPU time is of the server, all threads.\n'
  )
  console.log(heading('reviews/s'))
  for (const [name, rounds] of results) console.log(row(name, rounds))
  console.log()
  for (const { name, peakMemory, readyAfter } of servers) {
    console.log(
      `${name.padEnd(36)} peak ${peakMemory().toFixed(0)} MiB, ready after ${readyAfter} ms`
    )
  }
  console.log()
}

const directory = mkdtempSync(join(tmpdir(), 'spiffe-webhook-bench-'))
const standIn = await startStandIn()
const servers: Measured[] = []
try {
  const ready = await start(directory, standIn)
  const webhook = await startWebhook(directory, standIn)
  servers.push(webhook)
  const rest = await idle(webhook)
  const limit = await startLimit(directory)
  servers.push(limit)
  const calm = await startWebhook(directory, standIn, { piped: true })
  servers.push(calm)
  servers.push(await startNode(directory, 'https'), await startNode(directory, 'http'))
  const bodies = writeBodies(directory)
  const results = await inTurn(targetsOf(servers, bodies), warmUp)
  report(results, servers, bodies)
  const attacked = await startWebhook(directory, standIn)
  servers.push(attacked)
  judge(figures(results, [webhook, limit, calm, await attack(attacked)], { ready, rest }))
} finally {
  for (const server of servers) await server.stop()
  await standIn.close()
  rmSync(directory, { recursive: true })
}
