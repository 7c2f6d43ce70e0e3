import jsonPatch from 'fast-json-patch'
import type { Finding } from '../guard/finding.ts'
import { guard } from '../guard/guard.ts'
import { sentence } from '../guard/sentences.ts'
import { type InjectDecision, inject } from '../inject/inject.ts'
import { injectReasons } from '../inject/reasons.ts'
import { namedIstioProxy } from '../inject/recognise-proxy.ts'
import { isObject, type JsonObject } from '../kubernetes/json.ts'
import { decodePod } from '../kubernetes/pod.ts'
import { judgeMeshPod } from '../verify/pods/mesh-pod.ts'
import { isInjected, type Labels } from '../verify/webhooks/istio.ts'
import type { Situation } from './situation.ts'
import { creationOf, type Workload } from './workload.ts'

/** What happens to the pods of a workload when they are created again. */
export type Outcome =
  /** The webhooks are never asked, or have nothing to say. */
  | { readonly state: 'untouched' }
  | { readonly state: 'moved' | 'there' }
  | { readonly state: 'stays' | 'refused'; readonly reason: string; readonly why: string }

/** The outcome, and what the guard finds. */
export interface Judged {
  readonly outcome: Outcome
  /** What the guard refuses or warns about, of the pod as injection leaves it. */
  readonly found: readonly Finding[]
}

/** A namespace, as the webhooks' selectors see it. */
export interface NamespaceFacts {
  readonly name: string
  readonly labels: Labels
}

/** Judges what creating the pods of a workload again would give. Pure; nothing is asked. */
export function judgeWorkload(
  workload: Workload,
  namespace: NamespaceFacts,
  now: Situation,
  injectors: readonly JsonObject[] | undefined
): Judged {
  const mode = now.modeOf(namespace.name, namespace.labels)
  if (mode === undefined) return { outcome: { state: 'untouched' }, found: [] }
  const optedIn = now.isOptedIn(namespace.name, namespace.labels)
  const decision = optedIn ? inject(workload.pod, now.config.inject) : undefined
  if (decision?.kind === 'refused') {
    const { reason, message: why } = decision
    return { outcome: { state: 'refused', reason, why }, found: [] }
  }
  const object = decision === undefined ? workload.object : patched(workload.object, decision)
  const judged = guard(creationOf(workload, object), mode, now.model)
  const denied = judged.findings.find(({ verdict }) => verdict === 'deny')
  const found = judged.findings
  if (denied !== undefined) {
    return { outcome: { state: 'refused', reason: denied.reason, why: sentence(denied) }, found }
  }
  const willInject = isInjected(namespace.labels, injectors)
  return { outcome: moveOf(workload, decision, willInject, now), found }
}

/** A pod without a proxy gets one from Istio when it is created again, where Istio injects there. */
function moveOf(
  { pod }: Workload,
  decision: Exclude<InjectDecision, { kind: 'refused' }> | undefined,
  willInject: boolean,
  { config }: Situation
): Outcome {
  if (decision === undefined) return { state: 'untouched' }
  if (decision.kind === 'injected') {
    return { state: decision.reason === 'AlreadyInjected' ? 'there' : 'moved' }
  }
  const { reason } = decision
  if (reason === 'NoIstioProxy' && namedIstioProxy(pod).length === 0) {
    const { state } = judgeMeshPod(pod, willInject, config.inject)
    if (state === 'missed' || state === 'undone') return { state: 'moved' }
    if (state === 'ambient') return { state: 'stays', reason: 'AmbientPod', why: ambient }
  }
  return { state: 'stays', reason, why: injectReasons[reason].meaning }
}

const ambient = 'Ambient captures the pod, so its identity comes from istiod.'

/** The pod after injection; as it was, where it cannot be read any more. */
function patched(
  object: JsonObject,
  { operations }: Exclude<InjectDecision, { kind: 'refused' }>
): JsonObject {
  if (operations.length === 0) return object
  const { newDocument } = jsonPatch.applyPatch(
    structuredClone(object) as object,
    structuredClone(operations) as jsonPatch.Operation[]
  )
  return isObject(newDocument) && decodePod(newDocument).kind === 'decoded' ? newDocument : object
}
