import t from 'tap'
import type { Cluster } from '../cluster/cluster.ts'
import { startCluster } from '../cluster/start-cluster.ts'
import { type ChartName, chartPath, tbotValues } from './helm.ts'

const namespaces: Readonly<Record<ChartName, string>> = {
  'spiffe-webhook': 'spiffe-webhook',
  'workload-api': 'spire-system'
}

async function upgrade(cluster: Cluster, chart: ChartName, values: object): Promise<void> {
  const place = ['--namespace', namespaces[chart], '--create-namespace']
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

async function caBundles(cluster: Cluster): Promise<readonly unknown[]> {
  const kinds = ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration']
  const found = await Promise.all(kinds.map((kind) => json(cluster, kind, 'spiffe-webhook')))
  return found.flatMap(({ webhooks }) =>
    (webhooks as { clientConfig: { caBundle?: string } }[]).map(
      (each) => each.clientConfig.caBundle
    )
  )
}

const bundle = Buffer.from(
  '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'
).toString('base64')

await t.test('releases on a real API server', async (t) => {
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))

  await t.test('what the server wrote outlives an upgrade and a rollback', async (t) => {
    await upgrade(cluster, 'spiffe-webhook', {})
    const kubeconfig = await cluster.actAs('spiffe-webhook', 'spiffe-webhook')
    const asServer = (args: readonly string[]): ReturnType<Cluster['kubectl']> =>
      cluster.kubectl(['--kubeconfig', kubeconfig, ...args], { allowFailure: true })
    const data = { 'tls.crt': 'eA==' }
    const secret = [
      '-n',
      'spiffe-webhook',
      'patch',
      'secret',
      'spiffe-webhook-tls',
      '--type=json',
      '-p'
    ]
    const add = [{ op: 'add', path: '/data', value: data }]
    t.match(await asServer([...secret, JSON.stringify(add)]), { code: 0 })
    for (const kind of ['mutating', 'validating']) {
      const count = kind === 'mutating' ? 1 : 5
      const patch = Array.from({ length: count }, (_, index) => ({
        op: 'add',
        path: `/webhooks/${index}/clientConfig/caBundle`,
        value: bundle
      }))
      const object = `${kind}webhookconfiguration/spiffe-webhook`
      const said = await asServer(['patch', object, '--type=json', '-p', JSON.stringify(patch)])
      t.match(said, { code: 0 }, said.stderr)
    }
    const wrote = async (what: string): Promise<void> => {
      const args = ['-n', 'spiffe-webhook', 'secret', 'spiffe-webhook-tls']
      t.match(await json(cluster, ...args), { data }, what)
      const held = await caBundles(cluster)
      t.ok(held.length >= 6 && held.filter((each) => each === bundle).length >= 6, what)
    }
    await wrote('installed')
    await upgrade(cluster, 'spiffe-webhook', { replicas: 3, timeoutSeconds: 6 })
    await wrote('upgraded')
    await upgrade(cluster, 'spiffe-webhook', { guard: { scope: 'cluster' } })
    await wrote('with one more entry, whose caBundle is the server’s to write')
    await cluster.helm(['rollback', 'spiffe-webhook', '1', '--namespace', 'spiffe-webhook'])
    await wrote('rolled back')
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
