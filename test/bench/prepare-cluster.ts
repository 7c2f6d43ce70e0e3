import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { installWebhook } from '../api-server/webhook.ts'
import type { Cluster } from '../lab/cluster.ts'
import { daemon } from '../lab/daemon.ts'
import { startIstio } from '../lab/start-istio.ts'
import { until } from '../lab/until.ts'
import { applyConfiguration, copyInject, copyPolicy, copySilent, only } from './copies.ts'
import { bareFastify, production } from './servers.ts'
import {
  floor,
  istio,
  optedIn,
  ordinaryElsewhere,
  ordinaryFalse,
  ordinaryWithPolicy,
  type Variant
} from './variants.ts'

const labels: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [istio.namespace]: { 'istio-injection': 'enabled' },
  [optedIn]: { 'spiffe-webhook/injection': 'enabled' }
}

/**
 * Brings the product and the floor, and Istio where a variant has it, each in a namespace of its own, and waits until all
 * are asked.
 */
export async function prepareCluster(
  cluster: Cluster,
  variants: readonly Variant[]
): Promise<void> {
  const namespaces = new Set(variants.map(({ namespace }) => namespace))
  for (const name of namespaces) await cluster.namespace(name, labels[name])
  if (namespaces.has(istio.namespace)) await startIstio(cluster)
  const ours = [optedIn, ordinaryElsewhere.namespace]
  const others = [...namespaces].filter((name) => !ours.includes(name))
  const values = { excludedNamespaces: ['kube-system', ...others] }
  await installWebhook(cluster, values, 1, production)
  await copyInject(cluster)
  if (namespaces.has(ordinaryFalse.namespace)) await copySilent(cluster)
  if (namespaces.has(ordinaryWithPolicy.namespace)) await copyPolicy(cluster)
  await startFloor(cluster)
  for (const variant of variants) {
    await until(`"${variant.name}" being so`, () => isSo(cluster, variant))
  }
}

/** The path of pods that are admitted and not stored. */
export const podsPath = ({ namespace }: Variant): string =>
  `/api/v1/namespaces/${namespace}/pods?dryRun=All`

/** The bare Fastify behind a Service, as the product is. */
async function startFloor(cluster: Cluster): Promise<void> {
  const { namespace } = floor
  const name = 'floor'
  const folder = join(cluster.folder, name)
  mkdirSync(folder)
  const host = cluster.address
  const { args, port, ca, ready } = await bareFastify(folder, {
    host,
    name: `${name}.${namespace}.svc`
  })
  const { logs } = cluster
  await cluster.add(
    daemon({ name, binary: process.execPath, args, folder, logs, ports: [port], ready })
  )
  await cluster.kubectl(['-n', namespace, 'create', 'service', 'clusterip', name, '--tcp=443'])
  await cluster.expose(namespace, name, [port])
  const clientConfig = {
    service: { namespace, name, path: '/floor', port: 443 },
    caBundle: Buffer.from(ca).toString('base64')
  }
  const webhook = {
    name: 'floor.bench.internal',
    clientConfig,
    failurePolicy: 'Fail',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 5,
    namespaceSelector: only(namespace),
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }]
  }
  await applyConfiguration(cluster, 'MutatingWebhookConfiguration', 'floor', [webhook])
}

/** Whether one pod is asked about and changed as the variant says: by the API server's own count. */
async function isSo(cluster: Cluster, variant: Variant): Promise<boolean> {
  const before = await webhookCalls(cluster)
  const input = JSON.stringify(variant.pod)
  const args = ['create', '--raw', podsPath(variant), '-f', '-']
  const { stdout } = await cluster.kubectl(args, { input })
  const after = await webhookCalls(cluster)
  const asked = [...after.keys()].filter((name) => after.get(name) !== before.get(name))
  const { shows } = variant
  return (
    isDeepStrictEqual(asked.toSorted(), variant.asked) &&
    (shows === undefined || stdout.includes(shows))
  )
}

async function webhookCalls({ kubectl }: Cluster): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await kubectl(['get', '--raw', '/metrics'])
  const lines = stdout.matchAll(
    /^apiserver_admission_webhook_admission_duration_seconds_count\{name="([^"]+)".*\} (\d+)$/gm
  )
  const calls = new Map<string, number>()
  for (const [, name = '', count] of lines) {
    calls.set(name, (calls.get(name) ?? 0) + Number(count))
  }
  return calls
}
