import { labelsOf, listAt, nameOf, namespaceOf, textAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import { isSubdomain } from '../../kubernetes/names.ts'

/** Who makes the pods: the object to restart. */
export interface Owner {
  readonly kind: string
  readonly name: string
}

/** Label of the pods of a Deployment's ReplicaSet (apps/v1 DefaultDeploymentUniqueLabelKey). */
const hashLabel = 'pod-template-hash'

/** The API server takes any text as an owner's kind and name; only these may stand in a line for a shell. */
const kindPattern = /^[A-Za-z][A-Za-z0-9]*$/

/**
 * The controller of a pod; a ReplicaSet that carries a hash stands for its Deployment. A bare pod owns itself,
 * as does one whose owner has no name that Kubernetes would give.
 */
export function ownerOf(pod: JsonObject): Owner {
  const reference = listAt(pod, 'metadata', 'ownerReferences').find(
    ({ controller }) => controller === true
  )
  const owner = { kind: textAt(reference, 'kind'), name: textAt(reference, 'name') }
  if (!kindPattern.test(owner.kind) || !isSubdomain(owner.name)) {
    return { kind: 'Pod', name: nameOf(pod) }
  }
  const suffix = `-${labelsOf(pod)[hashLabel] ?? ''}`
  if (owner.kind === 'ReplicaSet' && suffix !== '-' && owner.name.endsWith(suffix)) {
    return { kind: 'Deployment', name: owner.name.slice(0, -suffix.length) }
  }
  return owner
}

const restartable = new Set(['Deployment', 'StatefulSet', 'DaemonSet'])

/** The one line that recreates the owner's pods, so that admission sees them. */
export function restartCommand(
  namespace: string,
  { kind, name }: Owner,
  pods: readonly string[]
): string {
  if (restartable.has(kind)) {
    return `kubectl rollout restart ${kind.toLowerCase()}/${name} --namespace ${namespace}`
  }
  if (kind === 'Pod') {
    return `kubectl get pod ${name} --namespace ${namespace} -o yaml | kubectl replace --force -f -`
  }
  // Every other controller, a Job too, makes a new pod in the place of a deleted one.
  return `kubectl delete pod ${pods.join(' ')} --namespace ${namespace}`
}

/** `namespace/name` of the DaemonSet that a pod belongs to. */
export function daemonSetOf(pod: JsonObject): string | undefined {
  const owner = ownerOf(pod)
  return owner.kind === 'DaemonSet' ? `${namespaceOf(pod)}/${owner.name}` : undefined
}
