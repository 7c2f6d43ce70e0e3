/**
 * Entry of `npm run soak`: pods without a pause through a real API server and two replicas, while certificates rotate,
 * a replica is killed again and again, its log stands on a full disk, the clock of the other is wrong, and the API server
 * is restarted. Exits with 1 where an admission is lost beyond what docs/decisions/0071-a-killed-replica.md explains.
 */
import { join } from 'node:path'
import { environment } from '../../release/node-settings.ts'
import { installWebhook } from '../api-server/webhook.ts'
import { production } from '../bench/servers.ts'
import type { Cluster } from '../lab/cluster.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { until } from '../lab/until.ts'
import { startCallers } from './callers.ts'
import { makeClock } from './clock.ts'
import { disturb } from './disturb.ts'
import { type Incident, outcomeOf } from './outcome.ts'
import { scrape } from './replica-metrics.ts'
import { type Report, report } from './report.ts'
import { readSettings, type Settings } from './settings.ts'

const fullDisk = '/dev/full'

/** Installs the product, and disturbs it until enough pods are admitted. */
async function soak(cluster: Cluster, settings: Settings): Promise<Report> {
  const { leafLifetime, caLifetime, connections } = settings
  const certificates = { leafLifetime, caLifetime }
  const webhook = await installWebhook(cluster, { certificates }, 0, production)
  const clock = makeClock(join(cluster.folder, 'clock'))
  const steady = await webhook.startReplica({ env: { ...environment, ...clock.env } })
  const killed = await webhook.startReplica({ env: environment, output: fullDisk })
  const namespace = 'soak'
  await cluster.namespace(namespace, { 'spiffe-webhook/injection': 'enabled' })
  await until('the webhook being asked', async () => {
    const args = ['create', '--dry-run=server', '-o', 'yaml', '-n', namespace, '-f', '-']
    const containers = [{ name: 'istio-proxy', image: 'registry.test/proxyv2:1', args: ['proxy'] }]
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'first' }, spec: { containers } }
    const { stdout } = await cluster.kubectl(args, { input: JSON.stringify(pod) })
    return stdout.includes('csi.spiffe.io')
  })
  const incidents: Incident[] = []
  const callers = startCallers(cluster, namespace, connections)
  const began = Date.now()
  const disturbed = { cluster, webhook, settings, callers, clock, incidents, steady, killed }
  const done = await disturb(disturbed).catch((error: unknown) => {
    // Hours of admissions say something even where the soak's own tools fail.
    const lost = callers.failures.filter((failure) => outcomeOf(failure, incidents) === 'lost')
    console.log(`ended early: ${callers.admitted()} admitted, ${callers.unmoved()} unmoved`)
    console.log(`${callers.failures.length} not admitted, ${lost.length} of them lost`)
    throw error
  })
  await callers.stop()
  const seconds = (Date.now() - began) / 1000
  return {
    settings,
    seconds,
    callers,
    incidents,
    ...done,
    last: await scrape(cluster.address, steady)
  }
}

const settings = readSettings(process.argv.slice(2))
const cluster = await startCluster()
try {
  report(await soak(cluster, settings))
} finally {
  await cluster.stop({ keepLogs: process.exitCode === 1 })
}
