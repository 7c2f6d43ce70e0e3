import type { Cluster } from '../../lab/cluster.ts'
import { until } from '../../lab/until.ts'

/** The namespaces of the mesh: in each a service `peer` of two replicas, which calls those of all three. */
export const namespaces = ['orders', 'carts', 'payments'] as const

/** The service account of every peer. */
export const peer = 'peer'

/** Takes no part in the policies: what it asks for must be refused. */
export const stranger = 'stranger'

/** What a peer of this namespace is called in the cluster. */
export const addressOf = (namespace: string): string => `${peer}.${namespace}.svc.cluster.local`

/** The image of peers, and where they send their reports. */
export interface PeerSetting {
  readonly image: string
  readonly reportTo: string
}

const container = (name: string, namespace: string, { image, reportTo }: PeerSetting): object => ({
  name,
  image,
  command: ['/usr/local/bin/node', '/opt/mesh-peer.mjs'],
  env: [
    { name: 'NAME', value: `${namespace}/${name}` },
    { name: 'PEERS', value: name === peer ? namespaces.map(addressOf).join(',') : '' },
    { name: 'REPORT_TO', value: reportTo },
    {
      name: 'SIDE',
      valueFrom: { fieldRef: { fieldPath: "metadata.annotations['spiffe-webhook/status']" } }
    }
  ],
  ports: [{ containerPort: 8080 }],
  resources: { requests: { cpu: '50m', memory: '32Mi' } },
  readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 2, timeoutSeconds: 5 },
  // Until every Envoy has heard that the pod is going, it serves on.
  lifecycle: { preStop: { sleep: { seconds: 10 } } }
})

const deployment = (
  name: string,
  namespace: string,
  replicas: number,
  setting: PeerSetting
): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: {
        labels: { app: name },
        // Reports are no traffic of the mesh.
        annotations: {
          'traffic.sidecar.istio.io/excludeOutboundPorts': new URL(setting.reportTo).port
        }
      },
      spec: {
        serviceAccountName: name,
        terminationGracePeriodSeconds: 40,
        containers: [container(name, namespace, setting)]
      }
    }
  }
})

/** Lets in the peers, named in words of this trust domain. */
const policy = (namespace: string, trustDomain: string): object => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: { name: peer, namespace },
  spec: {
    action: 'ALLOW',
    rules: [
      {
        from: [
          {
            source: { principals: namespaces.map((from) => `${trustDomain}/ns/${from}/sa/${peer}`) }
          }
        ]
      }
    ]
  }
})

const inNamespace = (
  namespace: string,
  trustDomain: string,
  setting: PeerSetting
): readonly object[] => [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: peer, namespace } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: peer, namespace },
    spec: { selector: { app: peer }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] }
  },
  policy(namespace, trustDomain),
  deployment(peer, namespace, 2, setting)
]

const strangerIn = (namespace: string, setting: PeerSetting): readonly object[] => [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: stranger, namespace } },
  deployment(stranger, namespace, 1, setting)
]

const strict = {
  apiVersion: 'security.istio.io/v1',
  kind: 'PeerAuthentication',
  metadata: { name: 'default', namespace: 'istio-system' },
  spec: { mtls: { mode: 'STRICT' } }
}

/** Deploys the services of a mesh that is strict everywhere, with policies in the words of its trust domain. */
export async function deployPeers(
  cluster: Cluster,
  trustDomain: string,
  setting: PeerSetting
): Promise<void> {
  for (const namespace of namespaces) {
    await cluster.namespace(namespace, { 'istio-injection': 'enabled' })
  }
  const items = [
    strict,
    ...namespaces.flatMap((namespace) => inNamespace(namespace, trustDomain, setting)),
    ...strangerIn(namespaces[0], setting)
  ]
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  await cluster.kubectl(['apply', '-f', '-'], { input })
  for (const namespace of namespaces) {
    const rollout = ['rollout', 'status', 'deployment', '--timeout=180s']
    await cluster.kubectl(['-n', namespace, ...rollout])
  }
}

/** Writes the policies of the peers in words of another trust domain. */
export async function deployPolicies({ kubectl }: Cluster, trustDomain: string): Promise<void> {
  const items = namespaces.map((namespace) => policy(namespace, trustDomain))
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  await kubectl(['apply', '-f', '-'], { input })
}

const fetching =
  'fetch(process.argv[1]).then(async (r) => console.log(r.status, await r.text()), (e) => console.log(String(e)))'

/** What a service of the mesh is told by this address: status and body, or why not. */
export async function fetchFrom(
  { kubectl }: Cluster,
  namespace: string,
  url: string,
  app: string = peer
): Promise<string> {
  const exec = ['-n', namespace, 'exec', `deploy/${app}`, '-c', app, '--']
  return (await kubectl([...exec, '/usr/local/bin/node', '-e', fetching, url])).stdout.trim()
}

/** What the stranger is told by the peers of each namespace: 403 where the policy holds. */
export async function strangerAsks(cluster: Cluster): Promise<readonly string[]> {
  const answers = namespaces.map(async (namespace) => {
    const url = `http://${addressOf(namespace)}/`
    return (await fetchFrom(cluster, namespaces[0], url, stranger)).slice(0, 3)
  })
  return Promise.all(answers)
}

/** Waits until no pod of the mesh is on its way out: such a pod still asks its peers. */
export async function settled({ kubectl }: Cluster): Promise<void> {
  await until(
    'pods that were replaced being gone',
    async () => {
      const lists = await Promise.all(
        namespaces.map((namespace) => kubectl(['-n', namespace, 'get', 'pods', '-o', 'json']))
      )
      return lists.every(({ stdout }) => !stdout.includes('"deletionTimestamp"'))
    },
    { seconds: 90, everyMs: 1000 }
  )
}
