import t from 'tap'
import type { Cluster } from './cluster.ts'
import { startCluster } from './start-cluster.ts'
import { startIstio } from './start-istio.ts'
import { until } from './until.ts'

interface Container {
  readonly name: string
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
}

interface Pod {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: {
    readonly containers: readonly Container[]
    readonly initContainers?: readonly Container[]
  }
}

const create = async (
  { kubectl }: Cluster,
  namespace: string,
  annotations: Readonly<Record<string, string>> = {}
): Promise<Pod> => {
  const { stdout } = await kubectl(['-n', namespace, 'create', '-o', 'json', '-f', '-'], {
    input: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: 'shop-', annotations },
      spec: { containers: [{ name: 'app', image: 'registry.test/app:1' }] }
    })
  })
  return JSON.parse(stdout)
}

const names = (containers: readonly Container[] = []): string[] =>
  containers.map(({ name }) => name).sort()

await t.test('Istio injects', async (t) => {
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  const istio = await startIstio(cluster)
  await cluster.namespace('shop', { 'istio-injection': 'enabled' })
  await cluster.namespace('elsewhere')

  await t.test('a native sidecar, in the trust domain asked for', async (t) => {
    const { spec } = await create(cluster, 'shop')
    t.same(names(spec.containers), ['app'])
    t.same(names(spec.initContainers), ['istio-init', 'istio-proxy'])
    const proxy = spec.initContainers?.find(({ name }) => name === 'istio-proxy')
    t.match(
      proxy?.env?.find(({ name }) => name === 'TRUST_DOMAIN'),
      { value: 'lab.test' }
    )
  })

  await t.test('a classic sidecar where a pod asks for it', async (t) => {
    const { spec } = await create(cluster, 'shop', { 'sidecar.istio.io/nativeSidecar': 'false' })
    t.same(names(spec.containers), ['app', 'istio-proxy'])
    t.same(names(spec.initContainers), ['istio-init'])
  })

  await t.test('nothing into a namespace without the label', async (t) => {
    const { spec } = await create(cluster, 'elsewhere')
    t.same(names(spec.containers), ['app'])
    t.equal(spec.initContainers, undefined)
  })

  await t.test('with a template that was added', async (t) => {
    await istio.addTemplate('mark', 'metadata:\n  annotations:\n    template.test/mark: "yes"\n')
    const annotations = { 'inject.istio.io/templates': 'sidecar,mark' }
    const marked = await until('the template in use', async () => {
      const pod = await create(cluster, 'shop', annotations).catch(() => undefined)
      return pod?.metadata.annotations?.['template.test/mark'] === 'yes' && pod
    })
    t.same(names(marked.spec.initContainers), ['istio-init', 'istio-proxy'])
  })

  await t.test('again after later webhooks when told so', async (t) => {
    await istio.setReinvocationPolicy('IfNeeded')
    const path = 'jsonpath={.webhooks[*].reinvocationPolicy}'
    const kind = 'mutatingwebhookconfiguration'
    const { stdout } = await cluster.kubectl(['get', kind, 'istio-sidecar-injector', '-o', path])
    t.same(new Set(stdout.split(' ')), new Set(['IfNeeded']))
  })
})
