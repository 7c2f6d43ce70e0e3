import { valueAt } from '../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../kubernetes/json.ts'
import { decodePod, type Pod } from '../kubernetes/pod.ts'
import { podTemplatePath } from '../kubernetes/pod-template.ts'
import { quote } from '../kubernetes/quote.ts'
import { addedBy, newEphemeralContainers, reachedBy } from './added.ts'
import { coveringExemption } from './exemptions.ts'
import { type Finding, soften } from './finding.ts'
import type { GuardMode } from './guard-mode.ts'
import type { GuardModel } from './guard-model.ts'
import { findIn, judgePod } from './judge.ts'
import { subjectOf, unjudgedReasons } from './rules/rules.ts'

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
  readonly findings: readonly Finding[]
}

const allowed: GuardDecision = { verdict: 'allow', findings: [] }

/** Operations that bring no new object. */
const ignoredOperations = new Set(['DELETE', 'CONNECT'])

/** Subresources that carry no volumes and no annotations, or cannot change any; another one is judged. */
const ignoredSubResources = new Set([
  'attach',
  'eviction',
  'exec',
  'log',
  'portforward',
  'proxy',
  'resize',
  'scale'
])

/** Judges one request. Never throws, looks nothing up, and says the same for a dry run. */
export function guard(request: GuardRequest, mode: GuardMode, model: GuardModel): GuardDecision {
  if (ignoredOperations.has(request.operation)) return allowed
  if (ignoredSubResources.has(request.subResource)) return allowed
  const found = isMirrorPod(request) ? judgeMirror(request, model) : judge(request, mode, model)
  return decide(mode === 'warn' ? found.map(soften) : found)
}

/** What the request adds: an update answers for nothing that the old object had. */
function judge(request: GuardRequest, mode: GuardMode, model: GuardModel): readonly Finding[] {
  const { object, oldObject, operation } = request
  if (!isObject(object)) return [malformed('object: must be an object')]
  if (isPod(request, 'ephemeralcontainers')) return judgeEphemeral(request, object, model)
  const found = judgeObject(request, object, model)
  if (operation === 'UPDATE' && isObject(oldObject)) {
    const old = judgeObject(request, oldObject, model)
    return addedBy({ found, object }, { found: old, object: oldObject })
  }
  const isFinal = mode === 'enforce' && operation === 'CREATE' && isPod(request)
  return isFinal ? [...found, ...judgeFinalPod(object, model)] : found
}

function judgeObject(
  request: GuardRequest,
  object: JsonObject,
  model: GuardModel
): readonly Finding[] {
  const { group, kind, namespace, username } = request
  const about = subjectOf(group, kind)
  if (about === 'persistentVolume' || about === 'storageClass') return findIn(about, object, model)
  if (about === undefined) return [unknownKind(request)]
  // A Binding has a pod's metadata and no spec.
  const keys = podTemplatePath(group, kind) ?? []
  const template = valueAt(object, keys)
  const isTemplate = keys.length > 0
  if (isTemplate && (template === undefined || template === null)) return []
  const decoded = decodePod(template, keys.join('.'))
  if (decoded.kind === 'malformed') return [malformed(decoded.fault)]
  const { value: pod } = decoded
  const creator = isTemplate ? undefined : username
  const found = judgePod(pod, { namespace, spec: pod.spec, creator }, model)
  return isTemplate ? found.map((f) => ({ ...f, keys: [...keys, ...f.keys] })) : found
}

function judgeEphemeral(
  { oldObject, namespace, username }: GuardRequest,
  object: JsonObject,
  model: GuardModel
): readonly Finding[] {
  const decoded = decodePod(object)
  if (decoded.kind === 'malformed') return [malformed(decoded.fault)]
  const { value: pod } = decoded
  const found = findIn('pod', pod, model)
  if (found.every(({ verdict }) => verdict === 'warn')) return found
  const containers = newEphemeralContainers(pod, decodedOrNone(oldObject))
  const exemption = coveringExemption(
    { namespace, spec: pod.spec, creator: undefined },
    found,
    model
  )
  return exemption === undefined
    ? reachedBy(containers, pod, found)
    : findIn('ephemeralContainers', { containers, exemption, username }, model)
}

function judgeFinalPod(object: JsonObject, model: GuardModel): readonly Finding[] {
  const pod = decodedOrNone(object)
  return pod === undefined ? [] : findIn('finalPod', pod, model)
}

function decodedOrNone(object: unknown): Pod | undefined {
  const decoded = decodePod(object)
  return decoded.kind === 'decoded' ? decoded.value : undefined
}

const isPod = ({ group, kind, subResource }: GuardRequest, wanted = ''): boolean =>
  group === '' && kind === 'Pod' && subResource === wanted

/** The annotation is anyone's to write; only together with the node's own group does it mean a static pod. */
function isMirrorPod(request: GuardRequest): boolean {
  const mirror = valueAt(request.object, ['metadata', 'annotations', 'kubernetes.io/config.mirror'])
  return isPod(request) && typeof mirror === 'string' && request.groups.includes('system:nodes')
}

/** The kubelet runs the static pod whatever is said of its mirror (kubernetes NodeRestriction). */
function judgeMirror(request: GuardRequest, model: GuardModel): readonly Finding[] {
  const found = judge(request, 'warn', model)
  if (found.every(({ verdict }) => verdict === 'warn')) return found
  const what = 'mirror of a static pod with forbidden host paths'
  const mirror = unjudged('MirrorPod', ['metadata', 'annotations'], 'mirror', what)
  return [soften(mirror), ...found.map(soften)]
}

function decide(findings: readonly Finding[]): GuardDecision {
  if (findings.length === 0) return allowed
  const denied = findings.filter(({ verdict }) => verdict === 'deny')
  const warned = findings.filter(({ verdict }) => verdict === 'warn')
  return { verdict: denied.length > 0 ? 'deny' : 'warn', findings: [...denied, ...warned] }
}

/** The refusal of an object that cannot be read; `check` says the same of a broken review. */
export function malformed(fault: string): Finding {
  return unjudged('Malformed', [], '', fault)
}

function unknownKind({ group, kind }: GuardRequest): Finding {
  const shown = quote(group === '' ? kind : `${kind}.${group}`)
  return unjudged('UnknownKind', ['kind'], kind, `the guard does not know the kind ${shown}`)
}

function unjudged(
  reason: keyof typeof unjudgedReasons,
  keys: Finding['keys'],
  subject: string,
  what: string
): Finding {
  const { remedy } = unjudgedReasons[reason]
  return { verdict: 'deny', reason, keys, subject, what, remedy }
}
