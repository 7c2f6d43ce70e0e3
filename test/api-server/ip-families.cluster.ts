import t, { type Test } from 'tap'
import type { Cluster } from '../lab/cluster.ts'
import { type IpFamilies, serviceRanges } from '../lab/ip-families.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { until } from '../lab/until.ts'
import { ask } from './ask.ts'
import { installWebhook } from './webhook.ts'

const createdIn = (cluster: Cluster, volumes: readonly object[]): ReturnType<typeof ask> =>
  ask(cluster.kubeConfig(), {
    method: 'POST',
    path: '/api/v1/namespaces/sock-shop/pods',
    body: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: 'shop-' },
      spec: {
        containers: [{ name: 'istio-proxy', image: 'registry.test/proxyv2:1', args: ['proxy'] }],
        volumes
      }
    }
  })

interface Addressed {
  readonly clusterIPs: readonly string[]
  readonly ipFamilies: readonly string[]
}

interface Slice {
  readonly addressType: string
  readonly endpoints?: readonly { readonly addresses: readonly string[] }[] | null
}

async function specOf(cluster: Cluster): Promise<Addressed> {
  const args = ['-n', 'spiffe-webhook', 'get', 'service', 'spiffe-webhook', '-o', 'json']
  return JSON.parse((await cluster.kubectl(args)).stdout).spec
}

/** A replica that listens on an address of the first family alone, behind the chart's Service. */
async function serves(t: Test, ipFamilies: IpFamilies, values: object): Promise<void> {
  const cluster = await startCluster({ ipFamilies })
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  await installWebhook(cluster, values)
  t.match(cluster.server, ipFamilies[0] === 'IPv6' ? '//[::1]:' : '//127.0.0.1:', 'the API server')
  const spec = await specOf(cluster)
  t.same(spec.ipFamilies, ipFamilies)
  for (const [index, family] of ipFamilies.entries()) {
    const [start = ''] = serviceRanges[family].range.split(/\.0\.0|::/)
    t.ok(spec.clusterIPs[index]?.startsWith(start), `${family}: ${spec.clusterIPs[index]}`)
  }
  const args = ['-n', 'spiffe-webhook', 'get', 'endpointslices', '-o', 'json']
  const slices: readonly Slice[] = JSON.parse((await cluster.kubectl(args)).stdout).items
  const reached = slices.flatMap(({ addressType, endpoints }) =>
    (endpoints ?? []).map(({ addresses }) => `${addressType} ${addresses.join()}`)
  )
  t.same(reached, [`${ipFamilies[0]} ${cluster.address}`], 'the only endpoint')
  await cluster.namespace('sock-shop', { 'spiffe-webhook/injection': 'enabled' })
  await until('the webhook is asked', async () => (await createdIn(cluster, [])).code === 201)
  const pods = await cluster.kubectl(['-n', 'sock-shop', 'get', 'pods', '-o', 'json'])
  const [pod] = JSON.parse(pods.stdout).items
  t.equal(pod.metadata.annotations['spiffe-webhook/status'], 'injected')
  const host = await createdIn(cluster, [{ name: 'run', hostPath: { path: '/run' } }])
  t.equal(host.code, 403)
  t.match(host.message, /HostPathReachesSocket/)
}

t.test('IPv6 only', (t) =>
  serves(t, ['IPv6'], { service: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] } })
)

t.test('dual stack, IPv6 first', (t) =>
  serves(t, ['IPv6', 'IPv4'], { service: { ipFamilyPolicy: 'RequireDualStack' } })
)
