import type { InjectConfig } from '../../config/config.ts'
import { type InjectDecision, inject } from '../../inject/inject.ts'
import { valueAt } from '../../kubernetes/fields.ts'
import { type Operation, pointer } from '../../kubernetes/operation.ts'
import { decodePod } from '../../kubernetes/pod.ts'
import { podTemplatePath } from '../../kubernetes/pod-template.ts'
import type { ManifestObject } from '../../manifests/objects.ts'

/** What was decided of one object with a pod. */
export interface Decided {
  readonly object: ManifestObject
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

/** Decides about every object that carries a pod. */
export function decideObjects(
  objects: readonly ManifestObject[],
  config: InjectConfig,
  whyNot: WhyNot
): readonly Decided[] {
  return objects.flatMap((object): readonly Decided[] => {
    const keys = podTemplatePath(object.group, object.kind)
    const template = keys === undefined ? undefined : valueAt(object.value, keys)
    if (keys === undefined || template === undefined || template === null) return []
    const message = whyNot(object.namespace)
    if (message !== undefined) {
      return [{ object, decision: { kind: 'left', message }, operations: [] }]
    }
    const decision = decide(template, keys, config)
    return [{ object, decision, operations: operationsOf(decision, keys) }]
  })
}

function decide(template: unknown, keys: readonly string[], config: InjectConfig): InjectDecision {
  const decoded = decodePod(template, keys.join('.'))
  return decoded.kind === 'malformed'
    ? { kind: 'refused', reason: 'Malformed', message: decoded.fault }
    : inject(decoded.value, config)
}

/** A manifest that is left alone stays as it was: the status annotation is for pods in a cluster. */
function operationsOf(decision: InjectDecision, keys: readonly string[]): readonly Operation[] {
  return decision.kind === 'injected' ? below(decision.operations, keys) : []
}

const below = (operations: readonly Operation[], keys: readonly string[]): readonly Operation[] =>
  operations.map((operation) => ({
    ...operation,
    path: `${pointer('', ...keys)}${operation.path}`
  }))
