import type { InjectConfig } from '../../config/config.ts'
import { type InjectDecision, inject } from '../../inject/inject.ts'
import { valueAt } from '../../kubernetes/fields.ts'
import { type Operation, pointer } from '../../kubernetes/operation.ts'
import { decodePod } from '../../kubernetes/pod.ts'
import { type PodPlace, templateAt } from '../../kubernetes/pod-shapes.ts'
import type { ManifestObject } from '../../manifests/objects.ts'

/** What was decided of one pod of an object. */
export interface Decided {
  readonly object: ManifestObject
  readonly place: PodPlace
  readonly decision: InjectDecision | LeftAlone
  /** RFC 6902, relative to the object; none unless the pod was injected. */
  readonly operations: readonly Operation[]
}

/** The webhook would not be asked about this object. */
export interface LeftAlone {
  readonly kind: 'left'
  readonly message: string
}

/** Says why the webhook would not be asked about objects of this namespace, or undefined where it would. */
export type WhyNot = (namespace: string) => string | undefined

/** Decides about every object that carries a pod. A part of a pod, without a template, has nothing to move. */
export function decideObjects(
  objects: readonly ManifestObject[],
  config: InjectConfig,
  whyNot: WhyNot
): readonly Decided[] {
  return objects.flatMap((object) =>
    object.pattern ? [] : object.pods.flatMap((place) => decideAt(object, place, config, whyNot))
  )
}

function decideAt(
  object: ManifestObject,
  place: PodPlace,
  config: InjectConfig,
  whyNot: WhyNot
): readonly Decided[] {
  const template = place.found === 'part' ? undefined : podAt(object, place)
  if (template === undefined || template === null) return []
  const message = whyNot(object.namespace)
  const decision: Decided['decision'] =
    message === undefined ? decide(template, place, config) : { kind: 'left', message }
  return [{ object, place, decision, operations: operationsOf(decision, place.keys) }]
}

const podAt = ({ value }: ManifestObject, place: PodPlace): unknown =>
  place.found === 'kind' ? valueAt(value, place.keys.map(String)) : templateAt(value, place)

function decide(
  template: unknown,
  { keys, found }: PodPlace,
  config: InjectConfig
): InjectDecision | LeftAlone {
  const decoded = decodePod(template, keys.join('.'))
  if (decoded.kind === 'decoded') return inject(decoded.value, config)
  return found === 'kind'
    ? { kind: 'refused', reason: 'Malformed', message: decoded.fault }
    : { kind: 'left', message: `not a pod template of Kubernetes: ${decoded.fault}` }
}

/** A manifest that is left alone stays as it was: the status annotation is for pods in a cluster. */
function operationsOf(
  decision: Decided['decision'],
  keys: readonly (string | number)[]
): readonly Operation[] {
  if (decision.kind !== 'injected') return []
  const base = pointer('', ...keys)
  return decision.operations.map((operation) => ({
    ...operation,
    path: `${base}${operation.path}`
  }))
}
