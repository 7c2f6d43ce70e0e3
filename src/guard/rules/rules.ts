import type { ReasonText } from '../../inject/reasons.ts'
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
import type { Rule } from './rule.ts'
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

/** What the guard says of an object that no rule can judge. */
export const unjudgedReasons = {
  TooManyFindings: {
    meaning: 'The object has more findings than the guard keeps, so it is refused whole.',
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
    meaning: 'A mirror pod of a static pod: refusing it would not stop the pod, so it is recorded.',
    remedy: "check the node's static pod manifests"
  }
} as const

/** Every word that the guard can say: in warnings, audit log, metrics, command line, policy and reference. */
export const guardReasons: Readonly<Record<string, ReasonText>> = Object.assign(
  {},
  ...rules.map(({ reasons }) => reasons),
  unjudgedReasons
)
