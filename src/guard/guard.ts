import { valueAt } from '../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../kubernetes/json.ts'
import { decodePod } from '../kubernetes/pod.ts'
import { podTemplatePath } from '../kubernetes/pod-template.ts'
import { quote } from '../kubernetes/quote.ts'
import type { GuardMode } from './guard-mode.ts'
import type { GuardModel } from './guard-model.ts'
import { judgeEphemeral } from './judge-ephemeral.ts'
import { judgeFinalPod } from './judge-final-pod.ts'
import { judgePod } from './judge-pod.ts'
import { judgePersistentVolume, judgeStorageClass } from './judge-storage.ts'
import type { Violation } from './violation.ts'

/** One request to judge: the facts of an AdmissionRequest that the guard reads. */
export interface GuardRequest {
  /** API group of the kind: empty for core. */
  readonly group: string
  readonly kind: string
  /** Empty for the object itself. */
  readonly subResource: string
  readonly operation: string
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly username: string
  readonly groups: readonly string[]
  readonly object: unknown
  readonly oldObject: unknown
}

/** What the guard says: the worst verdict of what it found. `MirrorPod` alone is allowed and recorded. */
export interface GuardDecision {
  readonly verdict: 'allow' | 'warn' | 'deny'
  /** Denials first; each kind in the order of the object. */
  readonly violations: readonly Violation[]
}

const allowed: GuardDecision = { verdict: 'allow', violations: [] }

/** Operations that bring no new object. */
const ignoredOperations = new Set(['DELETE', 'CONNECT'])

/** Subresources that carry no volumes and cannot change any; an unknown one is judged. */
const ignoredSubResources = new Set([
  'attach',
  'binding',
  'eviction',
  'exec',
  'log',
  'portforward',
  'proxy',
  'resize',
  'scale',
  'status'
])

/** Judges one request. Never throws, looks nothing up, and says the same for a dry run. */
export function guard(request: GuardRequest, mode: GuardMode, model: GuardModel): GuardDecision {
  if (ignoredOperations.has(request.operation)) return allowed
  if (ignoredSubResources.has(request.subResource)) return allowed
  const found = isMirrorPod(request) ? judgeMirror(request, model) : judge(request, mode, model)
  return decide(mode === 'warn' ? found.map(soften) : found)
}

function judge(request: GuardRequest, mode: GuardMode, model: GuardModel): readonly Violation[] {
  const { object, oldObject, operation, subResource } = request
  if (!isObject(object)) return [malformed('object: an object is wanted')]
  if (request.group === '' && request.kind === 'Pod' && subResource === 'ephemeralcontainers') {
    return judgeEphemeralUpdate(request, object, model)
  }
  const found = judgeObject(request, object, model)
  if (operation === 'UPDATE' && isObject(oldObject)) {
    return withoutOld(found, judgeObject(request, oldObject, model))
  }
  const isNewPod = mode === 'enforce' && operation === 'CREATE' && isPod(request)
  return isNewPod ? [...found, ...finalPod(object, model)] : found
}

function judgeObject(
  request: GuardRequest,
  object: JsonObject,
  model: GuardModel
): readonly Violation[] {
  const { group, kind, namespace, username } = request
  if (group === '' && kind === 'PersistentVolume') return judgePersistentVolume(object, model)
  if (group === 'storage.k8s.io' && kind === 'StorageClass') return judgeStorageClass(object, model)
  const keys = podTemplatePath(group, kind)
  if (keys === undefined) return [unknownKind(request)]
  const template = valueAt(object, keys)
  if (keys.length > 0 && (template === undefined || template === null)) return []
  const decoded = decodePod(template, keys.join('.'))
  if (decoded.kind === 'malformed') return [malformed(decoded.fault)]
  const pod = decoded.value
  const base = keys.length === 0 ? '' : `${keys.join('.')}.`
  const creator = keys.length === 0 ? username : undefined
  return judgePod({ pod, base }, { namespace, spec: pod.spec, creator }, model)
}

function judgeEphemeralUpdate(
  { oldObject, namespace, username }: GuardRequest,
  object: JsonObject,
  model: GuardModel
): readonly Violation[] {
  const decoded = decodePod(object)
  if (decoded.kind === 'malformed') return [malformed(decoded.fault)]
  const old = decodePod(oldObject)
  const before = old.kind === 'decoded' ? old.value : undefined
  return judgeEphemeral({ pod: decoded.value, old: before, namespace, username }, model)
}

function finalPod(object: JsonObject, model: GuardModel): readonly Violation[] {
  const decoded = decodePod(object)
  return decoded.kind === 'malformed' ? [] : judgeFinalPod(decoded.value, model)
}

/**
 * An update answers for what it brings: what stood there before is a warning, so that fixes and scaling go through.
 * Of too many findings nobody can say whether they stood there.
 */
function withoutOld(found: readonly Violation[], old: readonly Violation[]): readonly Violation[] {
  const key = ({ reason, subject, path }: Violation): string =>
    JSON.stringify([reason, subject, path])
  const known = new Set(old.map(key))
  return found.map((violation) =>
    known.has(key(violation)) && violation.reason !== 'TooManyFindings'
      ? soften(violation)
      : violation
  )
}

const isPod = ({ group, kind, subResource }: GuardRequest): boolean =>
  group === '' && kind === 'Pod' && subResource === ''

/** The annotation is anyone's to write; only together with the node's own group does it mean a static pod. */
function isMirrorPod(request: GuardRequest): boolean {
  const mirror = valueAt(request.object, ['metadata', 'annotations', 'kubernetes.io/config.mirror'])
  return isPod(request) && typeof mirror === 'string' && request.groups.includes('system:nodes')
}

/** The kubelet runs the static pod whatever is said of its mirror (kubernetes NodeRestriction). */
function judgeMirror(request: GuardRequest, model: GuardModel): readonly Violation[] {
  const found = judge(request, 'warn', model)
  if (found.every(({ verdict }) => verdict === 'warn')) return found
  const remedy = "look at the node's static pod manifests"
  const message = `mirror of a static pod with forbidden host paths: ${remedy}`
  const at = { field: 'metadata.annotations', path: '', subject: 'mirror' }
  return [{ ...at, verdict: 'warn', reason: 'MirrorPod', message, remedy }, ...found.map(soften)]
}

const soften = (violation: Violation): Violation => ({ ...violation, verdict: 'warn' })

function decide(violations: readonly Violation[]): GuardDecision {
  if (violations.length === 0) return allowed
  const denied = violations.filter(({ verdict }) => verdict === 'deny')
  const warned = violations.filter(({ verdict }) => verdict === 'warn')
  return { verdict: denied.length > 0 ? 'deny' : 'warn', violations: [...denied, ...warned] }
}

function malformed(fault: string): Violation {
  const remedy = 'send the object as the API server would'
  const at = { field: '', path: '', subject: '' }
  return { ...at, verdict: 'deny', reason: 'Malformed', message: `${fault}: ${remedy}`, remedy }
}

function unknownKind({ group, kind }: GuardRequest): Violation {
  const remedy = "drop the kind from the webhook's rules"
  const shown = quote(group === '' ? kind : `${kind}.${group}`)
  const message = `the guard does not know the kind ${shown}: ${remedy}`
  const at = { field: 'kind', path: '', subject: kind }
  return { ...at, verdict: 'deny', reason: 'UnknownKind', message, remedy }
}
