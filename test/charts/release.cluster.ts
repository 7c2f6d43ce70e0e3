import { KubeConfig } from '@kubernetes/client-node'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import type { KeyPairSource } from '../../src/certificates/key-pair.ts'
import { manage } from '../../src/certificates/manage.ts'
import { certificateStore } from '../../src/cluster/certificate-store.ts'
import { parseConfig } from '../../src/config/parse.ts'
import type { Cluster } from '../lab/cluster.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { until } from '../lab/until.ts'
import { type ChartName, chartPath, tbotValues } from './helm.ts'

const namespaces: Readonly<Record<ChartName, string>> = {
  'spiffe-webhook': 'spiffe-webhook',
  'workload-api': 'spire-system'
}

async function upgrade(
  cluster: Cluster,
  chart: ChartName,
  values: object,
  ...flags: readonly string[]
): Promise<void> {
  const place = ['--namespace', namespaces[chart], '--create-namespace', ...flags]
  await cluster.helm(['upgrade', '--install', chart, chartPath(chart), ...place, '--values', '-'], {
    input: JSON.stringify(values)
  })
}

/** Every object of a release that is still there, whatever its kind. */
async function leftovers(cluster: Cluster, release: string): Promise<readonly string[]> {
  const { stdout } = await cluster.kubectl(['api-resources', '--verbs=list', '-o', 'name'])
  const kinds = stdout
    .trim()
    .split('\n')
    .filter((kind) => !/^(events|.*\.events|componentstatuses)/.test(kind))
  const label = `app.kubernetes.io/instance=${release}`
  const flags = ['--all-namespaces', '--selector', label, '--output', 'name', '--ignore-not-found']
  const found = await cluster.kubectl(['get', kinds.join(','), ...flags])
  return found.stdout.trim().split('\n').filter(Boolean)
}

async function json(
  cluster: Cluster,
  ...args: readonly string[]
): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse((await cluster.kubectl(['get', '-o', 'json', ...args])).stdout)
}

/** caBundle of every entry of both configurations, by the entry's name. */
async function bundles(cluster: Cluster): Promise<ReadonlyMap<string, string | undefined>> {
  const kinds = ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration']
  const found = await Promise.all(kinds.map((kind) => json(cluster, kind, 'spiffe-webhook')))
  const entries = found.flatMap(
    ({ webhooks }) => webhooks as { name: string; clientConfig: { caBundle?: string } }[]
  )
  return new Map(entries.map(({ name, clientConfig }) => [name, clientConfig.caBundle]))
}

async function caBundles(cluster: Cluster): Promise<readonly (string | undefined)[]> {
  return [...(await bundles(cluster)).values()]
}

/** What the server of the release does about certificates, with the rights and the configuration that Helm gave it. */
async function startManager(t: Test, cluster: Cluster): Promise<KeyPairSource> {
  const { data } = await json(cluster, '-n', 'spiffe-webhook', 'configmap', 'spiffe-webhook')
  const parsed = parseConfig(parse((data as Record<string, string>)['config.yaml'] ?? ''))
  if ('errors' in parsed) throw new Error(parsed.errors.join('\n'))
  const config = parsed.config.certificates
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(await cluster.actAs('spiffe-webhook', 'spiffe-webhook'))
  const store = certificateStore(config, kubeConfig)
  const info = (message: string): void => t.comment(message)
  const manager = manage({ store, config, info, warn: (message) => t.fail(message) })
  t.teardown(() => manager.stop())
  return manager
}

/** Webhooks of both configurations, each with a caBundle. */
const entries = { optedIn: 12, cluster: 14 }

await t.test('releases on a real API server', async (t) => {
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))

  await t.test('what the server wrote outlives an upgrade and a rollback', async (t) => {
    await upgrade(cluster, 'spiffe-webhook', {})
    const manager = await startManager(t, cluster)
    await until('a certificate', async () => manager.current() !== undefined)
    const first = manager.current()?.cert
    const holds = async (what: string, entries: number): Promise<void> => {
      await until(what, async () => {
        const held = await caBundles(cluster)
        return held.length === entries && new Set(held).size === 1 && held[0] !== undefined
      })
      const args = ['-n', 'spiffe-webhook', 'secret', 'spiffe-webhook-tls']
      const { data } = await json(cluster, ...args)
      const kept = Buffer.from((data as Record<string, string>)['tls.crt'] ?? '', 'base64')
      t.equal(kept.toString(), first, `${what}: the same certificate`)
      t.same(manager.notReady(), [], `${what}: ready`)
    }
    await holds('installed', entries.optedIn)
    await upgrade(cluster, 'spiffe-webhook', { replicas: 3, timeoutSeconds: 6 })
    t.ok((await caBundles(cluster)).every(Boolean), 'no moment without a caBundle')
    await holds('upgraded', entries.optedIn)
    await upgrade(cluster, 'spiffe-webhook', { guard: { scope: 'cluster' } })
    await holds('upgraded to more entries', entries.cluster)
    const before = await bundles(cluster)
    await upgrade(cluster, 'spiffe-webhook', { replicas: 1 }, '--server-side=false')
    // The other scope has other entries, which wait for the server; those of both scopes never do.
    const stayed = [...(await bundles(cluster))].filter(([name]) => before.has(name))
    t.ok(stayed.length > 4, `${stayed.length} entries in both scopes`)
    t.ok(
      stayed.every(([, bundle]) => bundle !== undefined),
      'nor as Helm 3 would apply it'
    )
    await holds('upgraded by a three-way merge', entries.optedIn)
    await cluster.helm(['rollback', 'spiffe-webhook', '1', '--namespace', 'spiffe-webhook'])
    t.ok((await caBundles(cluster)).every(Boolean), 'no moment without a caBundle')
    await holds('rolled back', entries.optedIn)
  })

  await t.test('the server’s rights end at its own objects', async (t) => {
    const kubeconfig = await cluster.actAs('spiffe-webhook', 'spiffe-webhook')
    const may = async (...args: readonly string[]): Promise<string> => {
      const asked = ['--kubeconfig', kubeconfig, 'auth', 'can-i', ...args]
      return (await cluster.kubectl(asked, { allowFailure: true })).stdout.trim()
    }
    const own = ['-n', 'spiffe-webhook']
    t.equal(await may('patch', 'secret/spiffe-webhook-tls', ...own), 'yes')
    t.equal(await may('get', 'secret/other', ...own), 'no')
    t.equal(await may('list', 'secrets', ...own), 'no')
    t.equal(await may('get', 'secret/spiffe-webhook-tls', '-n', 'default'), 'no')
    t.equal(await may('patch', 'validatingwebhookconfigurations/spiffe-webhook'), 'yes')
    t.equal(await may('patch', 'mutatingwebhookconfigurations/istio-sidecar-injector'), 'no')
    t.equal(await may('delete', 'validatingwebhookconfigurations/spiffe-webhook'), 'no')
    t.equal(await may('list', 'pods', '-A'), 'no')
  })

  await t.test('both charts install side by side, and uninstalling leaves nothing', async (t) => {
    await upgrade(cluster, 'spiffe-webhook', {
      guard: { admissionPolicy: true },
      verify: { cronJob: { enabled: true } }
    })
    await upgrade(cluster, 'workload-api', tbotValues)
    for (const chart of ['spiffe-webhook', 'workload-api'] as const) {
      t.ok((await leftovers(cluster, chart)).length > 5, `${chart} is there`)
      await cluster.helm(['uninstall', chart, '--namespace', namespaces[chart], '--wait'])
      t.same(await leftovers(cluster, chart), [], `${chart} is gone`)
    }
    const names = ['validatingadmissionpolicies', 'mutatingwebhookconfigurations', 'csidrivers']
    for (const name of names) {
      t.equal((await cluster.kubectl(['get', name, '-o', 'name'])).stdout, '', name)
    }
  })
})
