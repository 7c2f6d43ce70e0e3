/**
 * Entry of `npm run bench:profile`: where the API server's CPU time for one pod goes, by its own profile under load, as
 * microseconds for each pod.
 */
import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Cluster } from '../lab/cluster.ts'
import { execute } from '../lab/execute.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { clusterTargets } from './cluster-targets.ts'
import { load, type Target } from './load.ts'
import { prepareCluster } from './prepare-cluster.ts'
import { partNames, readTraces } from './profile-parts.ts'
import {
  floor,
  injectAlone,
  none,
  ordinaryFalse,
  ordinaryNone,
  ordinaryOptedIn
} from './variants.ts'

const seconds = Number(process.env.BENCH_SECONDS ?? 8)

const variants = [none, floor, injectAlone, ordinaryNone, ordinaryFalse, ordinaryOptedIn]

/** The API server's own profile, taken as an administrator. */
async function takeProfile({ server, identities }: Cluster): Promise<Buffer> {
  const { admin, ca } = identities
  const url = `${server}/debug/pprof/profile?seconds=${seconds}`
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...admin, ca: ca.cert }, (response) => {
      if (response.statusCode === 200) buffer(response).then(resolve, reject)
      else reject(new Error(`the profile was refused: ${response.statusCode}`))
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** Microseconds for each pod, by part. */
async function profile(cluster: Cluster, target: Target): Promise<ReadonlyMap<string, number>> {
  await load(target, 3)
  const [taken, { cpu }] = await Promise.all([takeProfile(cluster), load(target, seconds + 1)])
  const file = join(cluster.folder, `${target.name.replaceAll(/\W+/g, '-')}.pprof`)
  writeFileSync(file, taken)
  const { stdout } = await execute('go', ['tool', 'pprof', '-traces', '-unit=ms', file])
  const parts = readTraces(stdout)
  const all = [...parts.values()].reduce((sum, value) => sum + value, 0)
  return new Map([...parts].map(([part, value]) => [part, (value / all) * cpu]))
}

const cluster = await startCluster()
try {
  await prepareCluster(cluster, variants)
  const rows = new Map<string, readonly number[]>()
  for (const target of await clusterTargets(cluster, variants)) {
    const parts = await profile(cluster, target)
    rows.set(target.name, [...parts.values()])
  }
  console.log(`| CPU us of the API server for each pod | ${[...rows.keys()].join(' | ')} |`)
  console.log(`| --- |${' --- |'.repeat(rows.size)}`)
  for (const [index, part] of partNames.entries()) {
    const cells = [...rows.values()].map((values) => (values[index] ?? 0).toFixed(0))
    console.log(`| ${part} | ${cells.join(' | ')} |`)
  }
  const sums = [...rows.values()].map((values) => values.reduce((sum, value) => sum + value, 0))
  console.log(`| all | ${sums.map((sum) => sum.toFixed(0)).join(' | ')} |`)
} finally {
  await cluster.stop({ keepLogs: process.env.BENCH_KEEP !== undefined })
}
