import { podCarriers } from '../../kubernetes/pod-template.ts'
import { ambiguousKeys } from './ambiguous-keys.ts'
import { csiVolumes } from './csi-volumes.ts'
import { ephemeralContainers } from './ephemeral-containers.ts'
import { finalPod } from './final-pod.ts'
import { hostPathVolumes } from './host-path-volumes.ts'
import { istioUserVolumes } from './istio-user-volumes.ts'
import { nodeCodeVolumes } from './node-code-volumes.ts'
import { nodeDeviceAnnotations } from './node-device-annotations.ts'
import { nodePrivileges } from './node-privileges.ts'
import { nriAnnotations } from './nri-annotations.ts'
import { persistentVolumes } from './persistent-volumes.ts'
import type { GuardReasonText, Rule, Subjects } from './rule.ts'
import { storageClasses } from './storage-classes.ts'

/** Every rule, in the order in which findings are reported: the only list. */
export const rules: readonly Rule[] = [
  hostPathVolumes,
  csiVolumes,
  nriAnnotations,
  nodeDeviceAnnotations,
  ambiguousKeys,
  istioUserVolumes,
  nodeCodeVolumes,
  nodePrivileges,
  finalPod,
  ephemeralContainers,
  persistentVolumes,
  storageClasses
]

/** What the API server asks together, by one entry of the webhook configuration. */
export type ResourceGroup =
  | 'pods'
  | 'podUpdates'
  | 'templates'
  | 'persistentVolumes'
  | 'storageClasses'

/** One resource that the guard is asked about. */
export interface GuardedResource {
  readonly asked: ResourceGroup
  /** Which rules judge it. */
  readonly about: keyof Subjects
  readonly group: string
  readonly kind: string
  /** With its subresource, as in `pods/ephemeralcontainers`. */
  readonly resource: string
  readonly operations: readonly ('CREATE' | 'UPDATE')[]
  readonly scope: 'Namespaced' | 'Cluster'
}

const pods = { about: 'pod', group: '', kind: 'Pod', scope: 'Namespaced' } as const
/** The API server copies the annotations of a Binding into the pod (registry/core/pod/storage BindingREST). */
const binding = { kind: 'Binding', asked: 'podUpdates', operations: ['CREATE'] } as const
const written = ['CREATE', 'UPDATE'] as const

/** Every resource that the guard is asked about: the only list. */
export const guardedResources: readonly GuardedResource[] = [
  { ...pods, asked: 'pods', resource: 'pods', operations: ['CREATE'] },
  { ...pods, asked: 'pods', resource: 'pods/ephemeralcontainers', operations: ['UPDATE'] },
  { ...pods, asked: 'podUpdates', resource: 'pods', operations: ['UPDATE'] },
  // An update of the status takes annotations too (registry/core/pod podStatusStrategy.PrepareForUpdate).
  { ...pods, asked: 'podUpdates', resource: 'pods/status', operations: ['UPDATE'] },
  { ...pods, ...binding, resource: 'pods/binding' },
  { ...pods, ...binding, resource: 'bindings' },
  ...podCarriers
    .filter(({ keys }) => keys.length > 0)
    .map(({ group, kind, plural }): GuardedResource => {
      const at = { group, kind, resource: plural, scope: 'Namespaced' } as const
      return { ...at, asked: 'templates', about: 'pod', operations: written }
    }),
  {
    asked: 'persistentVolumes',
    about: 'persistentVolume',
    group: '',
    kind: 'PersistentVolume',
    resource: 'persistentvolumes',
    operations: written,
    scope: 'Cluster'
  },
  {
    asked: 'storageClasses',
    about: 'storageClass',
    group: 'storage.k8s.io',
    kind: 'StorageClass',
    resource: 'storageclasses',
    operations: written,
    scope: 'Cluster'
  }
]

const abouts: ReadonlyMap<string, keyof Subjects> = new Map(
  guardedResources.map(({ group, kind, about }) => [`${group}/${kind}`, about])
)

/** Which rules judge objects of this kind; undefined for one that the guard is never asked about. */
export function subjectOf(group: string, kind: string): keyof Subjects | undefined {
  return abouts.get(`${group}/${kind}`)
}

/** What the guard says of an object that no rule can judge. */
export const unjudgedReasons = {
  TooManyFindings: {
    meaning:
      'The object has more findings than the guard keeps, warnings among them, so it is refused whole.',
    remedy: 'split the workload'
  },
  UnknownKind: {
    meaning: 'The guard does not know this kind, so it cannot tell whether it is harmless.',
    remedy: "remove the kind from the webhook's rules"
  },
  Malformed: {
    meaning: 'The object is not what Kubernetes would send.',
    remedy: 'send the object as the API server would'
  },
  MirrorPod: {
    onlyWarns: true,
    meaning: 'A mirror pod of a static pod: refusing it would not stop the pod, so it is recorded.',
    remedy: "check the node's static pod manifests"
  }
} as const

/** Every word that the guard can say: in warnings, audit log, metrics, command line, policy and reference. */
export const guardReasons: Readonly<Record<string, GuardReasonText>> = Object.assign(
  {},
  ...rules.map(({ reasons }) => reasons),
  unjudgedReasons
)
