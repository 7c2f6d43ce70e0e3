import { type KubernetesObject, pod, volume } from '../guard/decision-table-objects.ts'

/** Metadata of what stands in the labelled namespace. */
export const shop = { namespace: 'shop' }
const elsewhere = { namespace: 'elsewhere' }
/** The directory that the guard protects. */
export const socket = '/run/spire/agent-sockets'
const proxy = { name: 'istio-proxy', image: 'registry.test/proxyv2:1', args: ['proxy', 'sidecar'] }
const app = { name: 'app', image: 'app:1' }
const meshed = { containers: [app, proxy] }
const native = { initContainers: [{ ...proxy, restartPolicy: 'Always' }] }
/** The part of a pod's spec that mounts a host path. */
export const mounting = (path: string): Readonly<Record<string, unknown>> => ({
  volumes: [volume(path)]
})

/** A Deployment whose pods have this spec. */
export const deployment = (spec: object, name = 'x'): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, ...shop },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers: [app], ...spec } }
  }
})

/** A PersistentVolume with this source. */
export const persistentVolume = (source: object): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'x' },
  spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...source }
})

const annotated = (key: string, value: string): KubernetesObject =>
  pod({}, { ...shop, annotations: { [key]: value } })

/** What is created, which endpoints the API server asks, in order, and whether it then refuses; then the same while nobody answers. */
export type Case = readonly [
  what: string,
  object: KubernetesObject,
  endpoints: readonly string[],
  verdict: 'allow' | 'deny',
  outage: 'allow' | 'deny'
]

/** Every kind of object that some entry's matchConditions tell from the others. */
export const cases: readonly Case[] = [
  ['an ordinary pod', pod({}, shop), [], 'allow', 'allow'],
  [
    'a pod with a classic sidecar',
    pod(meshed, shop),
    ['/inject', '/guard/enforce'],
    'allow',
    'deny'
  ],
  [
    'a pod with a native sidecar',
    pod(native, shop),
    ['/inject', '/guard/enforce'],
    'allow',
    'deny'
  ],
  [
    'a pod that opts out: it is told so',
    pod(meshed, { ...shop, labels: { 'spiffe-webhook/inject': 'false' } }),
    ['/inject', '/guard/enforce'],
    'allow',
    'deny'
  ],
  [
    'a pod whose application asks for the socket',
    annotated('spiffe-webhook/app-containers', '*'),
    ['/inject'],
    'allow',
    'deny'
  ],
  ['a pod with the socket', pod(mounting(socket), shop), ['/guard/enforce'], 'deny', 'deny'],
  [
    'a pod with a harmless host path',
    pod(mounting('/var/log'), shop),
    ['/guard/enforce'],
    'allow',
    'deny'
  ],
  ['a privileged pod', pod({ hostPID: true }, shop), ['/guard/warn'], 'allow', 'allow'],
  [
    'a capability in small letters, as containerd takes it',
    pod(
      { containers: [{ ...app, securityContext: { capabilities: { add: ['sys_admin'] } } }] },
      shop
    ),
    ['/guard/warn'],
    'allow',
    'allow'
  ],
  [
    'a container that works in a folder of open files',
    pod({ containers: [{ ...app, workingDir: '/dev//fd/8' }] }, shop),
    ['/guard/warn'],
    'allow',
    'allow'
  ],
  [
    'a pod with an NRI annotation',
    annotated('mounts.nri.io/container.app', '- source: /data'),
    ['/guard/enforce'],
    'allow',
    'deny'
  ],
  [
    'a Deployment with the socket',
    deployment(mounting(socket)),
    ['/guard/enforce'],
    'deny',
    'deny'
  ],
  ['an ordinary Deployment', deployment({}), [], 'allow', 'allow'],
  ['a sidecar in another namespace', pod(meshed, elsewhere), [], 'allow', 'allow'],
  [
    'the socket in another namespace',
    pod(mounting(socket), elsewhere),
    ['/guard/warn'],
    'allow',
    'allow'
  ],
  [
    'the socket in kube-system',
    pod(mounting(socket), { namespace: 'kube-system' }),
    [],
    'allow',
    'allow'
  ],
  [
    'the socket in the webhook’s own namespace',
    pod(mounting(socket), { namespace: 'spiffe-webhook' }),
    [],
    'allow',
    'allow'
  ],
  [
    'a PersistentVolume with the socket',
    persistentVolume({ hostPath: { path: socket } }),
    ['/guard/enforce-host-paths'],
    'deny',
    'deny'
  ],
  [
    'a PersistentVolume in the network',
    persistentVolume({ nfs: { server: 'nfs.test', path: '/run/spire' } }),
    [],
    'allow',
    'allow'
  ],
  [
    'a StorageClass with a folder',
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'x' },
      provisioner: 'rancher.io/local-path',
      parameters: { nodePath: socket }
    },
    ['/guard/warn'],
    'allow',
    'allow'
  ]
]

const agent = (serviceAccountName: string, paths: readonly string[], spec = {}, more = {}) =>
  pod(
    {
      serviceAccountName,
      volumes: paths.map((path, i) => ({ ...volume(path), name: `v${i}` })),
      ...spec
    },
    { namespace: 'spire-system', ...more }
  )
const kubelet = '/var/lib/kubelet'
const driver = [
  socket,
  `${kubelet}/plugins/csi.spiffe.io`,
  `${kubelet}/pods`,
  `${kubelet}/plugins_registry`
]

/** By the DaemonSet's controller where nobody is named. */
export type AgentCase = readonly [
  what: string,
  object: KubernetesObject,
  outage: 'passes' | 'waits',
  username?: string
]

/** What is created in scope cluster while nobody answers: the refused first, so that the configuration is in force for the others. */
export const agents: readonly AgentCase[] = [
  ['another service account', agent('default', [socket]), 'waits'],
  ['the agent with the driver’s paths', agent('tbot', driver), 'waits'],
  ['the agent with one path more', agent('tbot', [socket, '/data']), 'waits'],
  ['the agent, its path written in another way', agent('tbot', [`${socket}/`]), 'waits'],
  [
    'the agent with an annotation that mounts',
    agent('tbot', [socket], {}, { annotations: { 'mounts.nri.io/pod': '- source: /run' } }),
    'waits'
  ],
  [
    'the agent with a CSI driver that is denied',
    agent('tbot', [], { volumes: [{ name: 'v', csi: { driver: 'upstream.csi.spiffe.io' } }] }),
    'waits'
  ],
  ['the agent by the hand of a person', agent('tbot', [socket]), 'waits', 'alice'],
  ['the agent', agent('tbot', [socket]), 'passes'],
  [
    'the agent in another namespace',
    pod({ serviceAccountName: 'tbot', ...mounting(socket) }, elsewhere),
    'waits'
  ],
  ['the driver', agent('spiffe-csi-driver', driver), 'passes']
]
