/**
 * Entry of `npm run bench:flame`: writes docs/reference/review.svg, where a review's time goes, from a profile of the
 * checkout under load. Its program is not bundled, so that each function keeps its file.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flags } from '../../release/node-settings.ts'
import { writeBodies } from './bodies.ts'
import { type CpuProfile, flameGraph } from './flame-graph.ts'
import { warm } from './load.ts'
import { startWebhook } from './servers.ts'
import { startStandIn } from './stand-in-api-server.ts'

/** Reviews before those that are drawn, so that the compilers are done. */
const before = 40_000
const drawn = 10_000

const root = join(import.meta.dirname, '../..')
const directory = mkdtempSync(join(tmpdir(), 'spiffe-webhook-flame-'))
const standIn = await startStandIn()
try {
  const program = [...flags, '--cpu-prof', `--cpu-prof-dir=${directory}`, join(root, 'src/main.ts')]
  const webhook = await startWebhook(directory, standIn, { program })
  const { istio: bodyFile } = writeBodies(directory)
  const target = { name: webhook.name, url: webhook.url, bodyFile }
  await warm(target, before)
  const began = performance.now()
  await warm(target, drawn)
  const seconds = (performance.now() - began) / 1000
  await webhook.stop()
  const [name = ''] = readdirSync(directory).filter((file) => file.endsWith('.cpuprofile'))
  const profile: CpuProfile = JSON.parse(readFileSync(join(directory, name), 'utf8'))
  writeFileSync(join(root, 'docs/reference/review.svg'), flameGraph(profile, seconds))
} finally {
  await standIn.close()
  rmSync(directory, { recursive: true })
}
