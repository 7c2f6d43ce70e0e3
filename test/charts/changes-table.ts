import type { Asked } from '../api-server/ask.ts'
import { collection } from '../api-server/replay.ts'
import {
  type KubernetesObject,
  pod,
  templateKinds,
  volume
} from '../guard/decision-table-objects.ts'
import { deployment, mounting, persistentVolume, shop, socket } from './conditions-table.ts'

/*
 * The rows of docs/reference/changes-after-creation.md, each as requests to a real API server: the objects that are there
 * already, what is changed, and who answers.
 */

/** What the request gets: a refusal by us or by Kubernetes, a warning by us, or nobody is asked and it passes. */
export type Answer = RegExp | { readonly warned: RegExp } | 'not asked'

/** The row by the text of its first column, what is asked, and the answer; `deny` says for which nodePrivileges. */
export interface Change {
  readonly row: string
  readonly asked: Asked
  readonly answer: Answer
  readonly isDenied?: true
}

const mounts = { annotations: { 'mounts.nri.io/pod': '- source: /run/spire' } }
const devices = { annotations: { 'devices.nri.io/pod': '[]' } }
const gated = pod({ schedulingGates: [{ name: 'example.com/wait' }] }, { ...shop, name: 'gated' })
const sized = { name: 'app', image: 'app:1', resources: { requests: { cpu: '1' } } }
/** Without a token, whose mount a merge patch of the containers would take away. */
const plain = pod(
  { containers: [sized], automountServiceAccountToken: false },
  { ...shop, name: 'plain' }
)
/** The pod that a binding is tried on before anybody is asked. */
export const bound: KubernetesObject = pod({}, { ...shop, name: 'bound' })
const waiting = pod({ volumes: [volume('/run/spire')] }, { ...shop, name: 'waiting' })
const workload = deployment({}, 'workload')
const kinds = templateKinds(pod({}, shop)).filter(({ kind }) => kind !== 'Deployment')
const network = { nfs: { server: 'nfs.test', path: '/x' } }
const claimed = { ...persistentVolume(network), metadata: { name: 'claimed' } }
const onNode = { ...persistentVolume({ hostPath: { path: '/data' } }), metadata: { name: 'node' } }
const claim: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'claim', ...shop },
  // Of a class that no volume has, so that the controller binds none.
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    storageClassName: 'none'
  }
}
const storage: KubernetesObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local' },
  provisioner: 'rancher.io/local-path',
  parameters: { nodePath: '/data' }
}
const shipped = 'shipments.example.com'
const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const definition: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: shipped },
  spec: {
    group: 'example.com',
    names: { kind: 'Shipment', plural: 'shipments' },
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }]
  }
}
const custom: KubernetesObject = {
  apiVersion: 'example.com/v1',
  kind: 'Shipment',
  metadata: { name: 'custom', ...shop },
  spec: { template: { spec: {} } }
}

/** What is there before the webhook is, in order. */
export const existing: readonly KubernetesObject[] = [
  ...[gated, plain, bound, waiting, workload, ...kinds, claimed, onNode, claim, storage],
  ...[definition, custom]
]

const debug = { name: 'debug', image: 'busybox:1', volumeMounts: [{ name: 'v', mountPath: '/h' }] }

/** A Binding of the pod of that name, with this metadata. */
export const binding = (name: string, metadata: object): object => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name, ...metadata },
  target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' }
})

const at = (object: KubernetesObject, sub = ''): string =>
  `${collection(object)}/${object.metadata.name}${sub}?dryRun=All`
const patch = (object: KubernetesObject, body: object, sub = ''): Asked => ({
  method: 'PATCH',
  path: at(object, sub),
  body
})
const annotated = (object: KubernetesObject, key: string, value: string): Asked =>
  patch(object, { metadata: { annotations: { [key]: value } } })
const namespace = (labels: object): Asked => ({
  method: 'PATCH',
  path: '/api/v1/namespaces/shop?dryRun=All',
  body: { metadata: { labels } }
})
const bindings = { method: 'POST', path: '/api/v1/namespaces/shop/bindings?dryRun=All' } as const
const bindPlain = { method: 'POST', path: at(plain, '/binding') } as const
const template = { spec: mounting(socket) }
/** The template with the socket, where the kind has it. */
const changed = ({ kind }: KubernetesObject): object => {
  if (kind === 'PodTemplate') return { template }
  return kind === 'CronJob'
    ? { spec: { jobTemplate: { spec: { template } } } }
    : { spec: { template } }
}
const scaled = { spec: { replicas: 2 } }
const cpu = { requests: { cpu: '2' } }

/** The words of a refusal by our webhook. */
export const refusedByUs: RegExp = /spiffe-webhook\.internal" denied the request/
const immutable = /immutable|forbidden|may not|Forbidden/

const rowsOf = (row: string, answer: Answer, ...asked: readonly Asked[]): readonly Change[] =>
  asked.map((one) => ({ row, asked: one, answer }))

const pods: readonly Change[] = [
  ...rowsOf(
    'annotations that mount (`mounts.nri.io…`)',
    refusedByUs,
    patch(gated, { metadata: mounts }),
    annotated(plain, 'mounts.noderesource.dev', 'plain words')
  ),
  ...['devices.nri.io/pod', 'cdi.k8s.io/x'].flatMap((key): readonly Change[] => {
    const row = 'annotations that ask for devices (`devices.nri.io…`, `cdi.k8s.io/…`)'
    const asked = annotated(gated, key, 'x')
    return [
      { row, asked, answer: 'not asked' },
      { row, asked, answer: refusedByUs, isDenied: true }
    ]
  }),
  ...rowsOf(
    'annotations, by `pods/binding` or `bindings`',
    refusedByUs,
    { ...bindPlain, body: binding('plain', mounts) },
    { ...bindings, body: binding('plain', mounts) }
  ),
  ...rowsOf(
    'annotations, by `pods/binding` or `bindings`',
    'not asked',
    { ...bindPlain, body: binding('plain', {}) },
    { ...bindings, body: binding('plain', devices) }
  ),
  {
    row: 'annotations, by `pods/binding` or `bindings`',
    asked: { ...bindings, body: binding('plain', devices) },
    answer: refusedByUs,
    isDenied: true
  },
  ...rowsOf(
    '`sidecar.istio.io/userVolume`, `spiffe-webhook/app-containers`, `inject.istio.io/…`',
    'not asked',
    annotated(plain, 'sidecar.istio.io/userVolume', '{"a":{"hostPath":{"path":"/run"}}}'),
    annotated(plain, 'spiffe-webhook/app-containers', '*'),
    annotated(plain, 'inject.istio.io/templates', 'sidecar')
  ),
  ...rowsOf(
    '`container.apparmor.security.beta.kubernetes.io/…`, `kubernetes.io/config.mirror`',
    immutable,
    annotated(plain, 'container.apparmor.security.beta.kubernetes.io/app', 'unconfined'),
    annotated(plain, 'kubernetes.io/config.mirror', 'x')
  ),
  ...rowsOf('other annotations', 'not asked', annotated(plain, 'a', 'b')),
  ...rowsOf(
    'label `spiffe-webhook/inject: "false"`',
    'not asked',
    patch(plain, { metadata: { labels: { 'spiffe-webhook/inject': 'false' } } })
  ),
  ...rowsOf(
    'labels and annotations of ambient (`istio.io/dataplane-mode`, `ambient.istio.io/redirection`)',
    'not asked',
    patch(plain, { metadata: { labels: { 'istio.io/dataplane-mode': 'ambient' } } }),
    annotated(plain, 'ambient.istio.io/redirection', 'enabled')
  ),
  ...rowsOf(
    '`pods/ephemeralcontainers`',
    refusedByUs,
    patch(waiting, { spec: { ephemeralContainers: [debug] } }, '/ephemeralcontainers')
  ),
  ...rowsOf(
    '`pods/resize`',
    'not asked',
    patch(plain, { spec: { containers: [{ ...sized, resources: cpu }] } }, '/resize')
  ),
  ...rowsOf(
    '`pods/status`, conditions, `status.resourceClaimStatuses`',
    'not asked',
    patch(plain, { status: { phase: 'Running' } }, '/status'),
    patch(waiting, { status: { phase: 'Running' }, metadata: { labels: { a: 'b' } } }, '/status')
  ),
  ...rowsOf(
    'annotations, by `pods/status`',
    refusedByUs,
    patch(plain, { metadata: mounts }, '/status')
  ),
  {
    row: 'annotations, by `pods/status`',
    asked: patch(plain, { metadata: devices }, '/status'),
    answer: refusedByUs,
    isDenied: true
  },
  ...rowsOf(
    'scheduling gates, tolerations, node selector and affinity of a gated pod',
    'not asked',
    patch(gated, { spec: { schedulingGates: null } }),
    patch(gated, { spec: { nodeSelector: { a: 'b' } } })
  ),
  ...rowsOf(
    'images of containers',
    'not asked',
    patch(plain, { spec: { containers: [{ ...sized, image: 'app:2' }] } })
  ),
  ...rowsOf(
    'volumes, mounts, environment, security contexts, host namespaces, service account',
    immutable,
    patch(plain, { spec: mounting(socket) }),
    patch(plain, { spec: { hostPID: true } }),
    patch(plain, { spec: { serviceAccountName: 'other' } }),
    patch(plain, { spec: { containers: [{ ...sized, workingDir: '/proc/self/fd/7' }] } })
  ),
  ...rowsOf(
    'deletion, finalizers, owner references',
    'not asked',
    patch(plain, { metadata: { finalizers: ['example.com/hold'] } }),
    { method: 'DELETE', path: at(plain) }
  )
]

const objects: readonly Change[] = [
  ...rowsOf(
    'a pod template (Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, CronJob, PodTemplate)',
    refusedByUs,
    ...[workload, ...kinds.filter(({ kind }) => kind !== 'Job')].map((object) =>
      patch(object, changed(object))
    )
  ),
  ...rowsOf(
    'a pod template of a Job',
    immutable,
    ...kinds.filter(({ kind }) => kind === 'Job').map((job) => patch(job, changed(job)))
  ),
  ...rowsOf(
    'replicas, the `scale` subresource, rollout settings',
    'not asked',
    patch(workload, scaled),
    patch(workload, scaled, '/scale'),
    patch(workload, { spec: { minReadySeconds: 5 } })
  ),
  ...rowsOf(
    'a custom kind (Argo Rollout, Knative Service, …)',
    'not asked',
    patch(custom, { spec: { template } })
  ),
  ...rowsOf('a custom kind (Argo Rollout, Knative Service, …)', refusedByUs, {
    method: 'POST',
    path: `${collection(plain)}?dryRun=All`,
    body: pod(mounting(socket), {
      ...shop,
      name: 'of-custom',
      ownerReferences: [
        { apiVersion: 'example.com/v1', kind: 'Shipment', name: 'custom', uid: 'u' }
      ]
    })
  })
]

const storages: readonly Change[] = [
  ...rowsOf(
    'the source of a PersistentVolume',
    immutable,
    patch(claimed, { spec: { nfs: null, hostPath: { path: socket } } }),
    patch(onNode, { spec: { hostPath: { path: socket } } })
  ),
  ...rowsOf(
    '`spec.claimRef` of a PersistentVolume',
    'not asked',
    patch(claimed, { spec: { claimRef: { namespace: 'shop', name: 'claim' } } })
  ),
  ...rowsOf(
    'node affinity, access modes, reclaim policy, attributes class',
    'not asked',
    patch(claimed, { spec: { persistentVolumeReclaimPolicy: 'Delete' } })
  ),
  ...rowsOf(
    'parameters of a StorageClass',
    immutable,
    patch(storage, { parameters: { nodePath: socket } })
  ),
  ...rowsOf(
    'annotations of a StorageClass (`cas.openebs.io/config`)',
    { warned: /StorageClassPath: cas\.openebs\.io\/config of StorageClass "local"/ },
    annotated(storage, 'cas.openebs.io/config', '- {name: BasePath, value: /run/spire}')
  ),
  ...rowsOf('a PersistentVolumeClaim', 'not asked', patch(claim, { spec: { volumeName: 'node' } }))
]

const namespaces: readonly Change[] = [
  ...rowsOf(
    'label `spiffe-webhook/injection` removed',
    'not asked',
    namespace({ 'spiffe-webhook/injection': null })
  ),
  ...rowsOf(
    'label `kubernetes.io/metadata.name`',
    'not asked',
    namespace({ 'kubernetes.io/metadata.name': 'kube-system' })
  ),
  ...rowsOf('labels of Istio', 'not asked', namespace({ 'istio-injection': 'disabled' })),
  ...rowsOf(
    'labels of Pod Security',
    'not asked',
    namespace({ 'pod-security.kubernetes.io/enforce': 'privileged' })
  )
]

/** Every row. */
export const changes: readonly Change[] = [...pods, ...objects, ...storages, ...namespaces]
