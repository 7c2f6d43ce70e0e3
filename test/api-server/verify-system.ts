import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import { makeCa, makeLeaf } from '../../src/certificates/self-signed.ts'
import type { Cluster } from '../lab/cluster.ts'
import { daemon } from '../lab/daemon.ts'
import { freePort } from '../lab/ports.ts'
import { answers } from '../lab/until.ts'

/** Applies plain objects. */
export async function apply({ kubectl }: Cluster, ...items: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input })
}

/** PEM of a CA that nobody serves with, as a caBundle. */
export async function strangeBundle(): Promise<string> {
  const { cert } = await makeCa({ now: Date.now(), lifetime: 3600 })
  return Buffer.from(cert).toString('base64')
}

/**
 * The real server on this machine, and the configurations that the chart renders. Only clientConfig is another:
 * an address in place of the Service, which would need a pod.
 */
export async function installWebhook(cluster: Cluster): Promise<void> {
  const validity = { now: Date.now(), lifetime: 3600 }
  const ca = await makeCa(validity)
  const pair = await makeLeaf(ca, ['127.0.0.1'], validity)
  const folder = join(cluster.folder, 'spiffe-webhook')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'tls.crt'), pair.cert)
  writeFileSync(join(folder, 'tls.key'), pair.key)
  const [port, probesPort] = [await freePort(), await freePort()]
  const certificates = { mode: 'files', directory: folder }
  const config = { certificates, server: { host: '127.0.0.1', port, probesPort } }
  writeFileSync(join(folder, 'config.yaml'), stringify(config))
  await cluster.add(
    daemon({
      name: 'spiffe-webhook',
      binary: process.execPath,
      args: [join(process.cwd(), 'src/main.ts'), 'serve', '--config', join(folder, 'config.yaml')],
      folder,
      logs: cluster.logs,
      ports: [port, probesPort],
      ready: () => answers(`http://127.0.0.1:${probesPort}/readyz`)
    })
  )
  const { stdout } = await cluster.helm([
    ...['template', 'spiffe-webhook', 'charts/spiffe-webhook'],
    ...['--namespace', 'spiffe-webhook', '--skip-schema-validation']
  ])
  const rendered = parseAllDocuments(stdout)
    .map((document): Configuration | null => document.toJS())
    .filter((object) => object?.kind.endsWith('WebhookConfiguration') === true)
    .filter((object) => object !== null)
  const caBundle = Buffer.from(ca.cert).toString('base64')
  const moved = rendered.map((object) => ({
    ...object,
    webhooks: object.webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: {
        url: `https://127.0.0.1:${port}${webhook.clientConfig.service.path}`,
        caBundle
      }
    }))
  }))
  await apply(cluster, ...moved)
}

interface Configuration {
  readonly kind: string
  readonly webhooks: readonly {
    readonly name: string
    readonly clientConfig: { readonly service: { readonly path: string } }
  }[]
}

const socketVolume = {
  name: 'socket',
  hostPath: { path: '/run/spire/agent-sockets', type: 'DirectoryOrCreate' }
}

const daemonSet = (
  name: string,
  readOnly: boolean,
  volumes: readonly object[] = []
): readonly object[] => [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'spire-system' } },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'spire-system' },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          serviceAccountName: name,
          containers: [
            {
              name,
              image: `registry.test/${name}:1`,
              volumeMounts: [{ name: 'socket', mountPath: '/socket', readOnly }]
            }
          ],
          volumes: [socketVolume, ...volumes]
        }
      }
    }
  }
]

const csiDriver = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'CSIDriver',
  metadata: {
    name: 'csi.spiffe.io',
    labels: { 'security.openshift.io/csi-ephemeral-volume-profile': 'restricted' }
  },
  spec: {
    attachRequired: false,
    podInfoOnMount: true,
    fsGroupPolicy: 'None',
    volumeLifecycleModes: ['Ephemeral']
  }
}

/** A CSINode as a kubelet writes it once the driver has registered, or has not. */
export const csiNode = (name: string, registered: boolean): object => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'CSINode',
  metadata: { name },
  spec: { drivers: registered ? [{ name: 'csi.spiffe.io', nodeID: name }] : [] }
})

const node = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': name } }
})

/** Two nodes, the driver and the agent: nodes and CSINodes are written, since no kubelet runs here. */
export async function installWorkloadApi(cluster: Cluster): Promise<void> {
  await cluster.namespace('spire-system')
  const plugins = { name: 'plugins', hostPath: { path: '/var/lib/kubelet/plugins/csi.spiffe.io' } }
  await apply(
    cluster,
    csiDriver,
    node('node-a'),
    node('node-b'),
    csiNode('node-a', true),
    csiNode('node-b', true),
    ...daemonSet('tbot', false),
    ...daemonSet('spiffe-csi-driver', true, [plugins])
  )
  const capacity = { pods: '110', cpu: '8', memory: '16Gi' }
  const patch = JSON.stringify({ status: { capacity, allocatable: capacity } })
  for (const name of ['node-a', 'node-b']) {
    await cluster.kubectl(['patch', 'node', name, '--subresource=status', '-p', patch])
  }
}

/** Writes what the kubelet of a node would: the pod runs, and is ready or not. */
export async function setStatus(
  { kubectl }: Cluster,
  namespace: string,
  pod: string,
  ready: boolean
): Promise<void> {
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }]
  const patch = JSON.stringify({ status: { phase: 'Running', conditions } })
  await kubectl(['-n', namespace, 'patch', 'pod', pod, '--subresource=status', '-p', patch])
}

/** Pods for no scheduler get no node, so they end at once, without the kubelet that is not there. */
const nowhere = {
  schedulerName: 'nobody',
  containers: [{ name: 'app', image: 'registry.test/app:1' }]
}

/** A pod without an owner. */
export const barePod = (
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>> = {}
): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels },
  spec: nowhere
})

/** A Deployment of one pod that replaces it at once, since nobody here would make a second one ready. */
export const deployment = (namespace: string, name: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    strategy: { type: 'Recreate' },
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: nowhere
    }
  }
})

/** What the chart's ClusterRole allows: reading, less what `without` names. */
export function readerRole(name: string, without = ''): readonly object[] {
  const rules = [
    ['', ['namespaces', 'nodes', 'pods', 'persistentvolumes', 'configmaps']],
    ['apps', ['daemonsets', 'deployments']],
    ['storage.k8s.io', ['csidrivers', 'csinodes']],
    [
      'admissionregistration.k8s.io',
      [
        'mutatingwebhookconfigurations',
        'validatingwebhookconfigurations',
        'validatingadmissionpolicies',
        'validatingadmissionpolicybindings'
      ]
    ]
  ] as const
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'default' } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        ...rules.map(([group, resources]) => ({
          apiGroups: [group],
          resources: resources.filter((resource) => resource !== without),
          verbs: ['get', 'list']
        })),
        { nonResourceURLs: ['/metrics'], verbs: ['get'] }
      ]
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }]
    }
  ]
}
