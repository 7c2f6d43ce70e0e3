/**
 * Entry of `npm run bench:bisect`: where a review's time goes. From the bare Fastify to the product one part is added at
 * a time, in turn, in one run.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { partNames, parts } from './bisect-parts.ts'
import { writeBodies } from './bodies.ts'
import { median } from './figure.ts'
import { inTurn, method, warmUp } from './load.ts'
import { type Measured, startLimit, startNode, startPart, startWebhook } from './servers.ts'
import { startStandIn } from './stand-in-api-server.ts'

const directory = mkdtempSync(join(tmpdir(), 'spiffe-webhook-bisect-'))
const standIn = await startStandIn()
const servers: Measured[] = []
try {
  servers.push(await startLimit(directory))
  servers.push(await startNode(directory, 'https'))
  for (const name of partNames) servers.push(await startPart(directory, name))
  servers.push(await startWebhook(directory, standIn))
  const { istio: bodyFile } = writeBodies(directory)
  const targets = servers.map(({ name, url, cpu }) => ({ name, url, cpu, bodyFile }))
  const results = await inTurn(targets, warmUp)
  console.log(`CPU time of the server for each review in microseconds, 16 connections, ${method}\n`)
  let before = 0
  for (const { name } of servers) {
    const cpu = median((results.get(name) ?? []).map((round) => round.cpu))
    const more = before === 0 ? '' : `${cpu < before ? '' : '+'}${(cpu - before).toFixed(0)}`
    const what = Object.entries(parts).find(([part]) => part === name)?.[1] ?? name
    console.log(`${cpu.toFixed(0).padStart(5)} ${more.padStart(5)}  ${what}`)
    before = cpu
  }
} finally {
  for (const server of servers) await server.stop()
  await standIn.close()
  rmSync(directory, { recursive: true })
}
