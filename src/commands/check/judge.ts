import { type AdmissionRequest, decodeReview } from '../../admission/decode-review.ts'
import { reviewVersion } from '../../admission/review.ts'
import type { Config } from '../../config/config.ts'
import { soften } from '../../guard/finding.ts'
import { type GuardRequest, guard, malformed } from '../../guard/guard.ts'
import type { GuardMode } from '../../guard/guard-mode.ts'
import { type GuardModel, guardModel } from '../../guard/guard-model.ts'
import { subjectOf } from '../../guard/rules/rules.ts'
import { fieldPath } from '../../guard/sentences.ts'
import { apiGroup, valueAt } from '../../kubernetes/fields.ts'
import { type PodPlace, templateAt } from '../../kubernetes/pod-shapes.ts'
import type { ManifestObject } from '../../manifests/objects.ts'
import { defaultNamespace, namespaceReader } from '../namespaces.ts'
import type { CheckReport, Finding, Named } from './report.ts'

/** How objects are judged. */
export interface CheckOptions {
  /** `cluster`: host paths are refused everywhere. `optedIn`: only where a Namespace object of the input opts in. */
  readonly scope: 'cluster' | 'optedIn'
  /** Who would create the objects. */
  readonly username: string
  /** True where objects of the excluded namespaces are judged too. */
  readonly includeExcluded: boolean
}

/** Judges objects one by one; keeps of each only what was found. */
export interface Judge {
  readonly add: (object: ManifestObject) => void
  /** What was found so far. */
  readonly report: () => CheckReport
}

/** Judges every object as if it were created now, and every AdmissionReview as it is. */
export function makeJudge(config: Config, options: CheckOptions): Judge {
  const model = guardModel(config)
  const namespaces = namespaceReader()
  const found: Found[] = []
  const patterns: Named[] = []
  const excludedFrom = new Set<string>()
  const counts = { objects: 0, judged: 0, judgedByShape: 0, excluded: 0 }
  const isExcluded = ({ namespace, pods }: ManifestObject): boolean =>
    !options.includeExcluded &&
    pods.length > 0 &&
    config.guard.excludedNamespaces.includes(namespace || defaultNamespace)
  return {
    add: (object) => {
      counts.objects += 1
      namespaces.add(object)
      if (object.pattern) {
        if (object.pods.length > 0) patterns.push(detached(namesOf(object)))
        return
      }
      if (isExcluded(object)) {
        counts.excluded += 1
        excludedFrom.add(detached(object.namespace || defaultNamespace))
        return
      }
      const judged = judgedIn(object, options.username)
      if (judged.length > 0) counts.judged += 1
      if (judged.some(({ foundBy }) => foundBy === 'shape')) counts.judgedByShape += 1
      for (const one of judged) found.push(...detached(judgeTwice(one, options.scope, model)))
    },
    report: () => {
      const findings = found.flatMap(({ namespace, optedIn, other }) =>
        namespaces.optedIn(namespace) === true ? optedIn : other
      )
      const count = (verdict: Finding['verdict']): number =>
        findings.filter((finding) => finding.verdict === verdict).length
      const { objects, judged, judgedByShape, excluded } = counts
      const notJudged = objects - judged - excluded
      const verdicts = { denied: count('deny'), warned: count('warn') }
      return {
        findings,
        summary: { objects, ...verdicts, judged, judgedByShape, excluded, notJudged },
        patterns,
        excludedNamespaces: [...excludedFrom],
        anyOptedIn: namespaces.any
      }
    }
  }
}

/** A copy that shares no string with the manifest: V8 keeps the whole text alive for a part of it. */
function detached<T>(value: T): T
function detached(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

/** What was found in one object: its Namespace object may come later, and decides which counts. */
interface Found {
  readonly namespace: string
  readonly optedIn: readonly Finding[]
  readonly other: readonly Finding[]
}

function judgeTwice(
  judged: Judged,
  scope: CheckOptions['scope'],
  model: GuardModel
): readonly Found[] {
  const mode = modeOf(judged, scope, true)
  const otherMode = modeOf(judged, scope, false)
  const optedIn = judge(judged, mode, model)
  const other = mode === otherMode ? optedIn : judge(judged, otherMode, model)
  const { namespace } = judged.names
  return optedIn.length + other.length > 0 ? [{ namespace, optedIn, other }] : []
}

/** One request to judge and where its object is, or why there is none. */
interface Judged {
  readonly object: ManifestObject
  readonly request: GuardRequest | { readonly malformed: string }
  readonly names: Named
  readonly foundBy: Finding['foundBy']
  /** True for an AdmissionReview: its object is what the API server ends up with. */
  readonly isFinal: boolean
  /** The keys in the manifest's object for keys in the request's object. */
  readonly keysOf: (keys: readonly (string | number)[]) => readonly (string | number)[]
}

const isReview = ({ group, kind }: ManifestObject): boolean =>
  group === apiGroup(reviewVersion.apiVersion) && kind === reviewVersion.kind

/** None for a kind that the guard is never asked about and that carries no pod. */
function judgedIn(object: ManifestObject, username: string): readonly Judged[] {
  if (isReview(object)) return [reviewed(object)]
  const { group, kind, value, pods } = object
  if (subjectOf(group, kind) !== undefined) {
    const request = created({ group, kind, object: value }, object, username)
    return [
      {
        object,
        request,
        names: namesOf(object),
        foundBy: 'kind',
        isFinal: false,
        keysOf: (keys) => keys
      }
    ]
  }
  return pods.map((place) => byShape(object, place, username))
}

/** A pod in a custom kind is judged as the template that its controller will make pods of. */
function byShape(object: ManifestObject, place: PodPlace, username: string): Judged {
  const template = { template: templateAt(object.value, place) }
  // A part stands for the spec of the template that was made around it.
  const added = place.found === 'template' ? 1 : 2
  return {
    object,
    request: created({ group: '', kind: 'PodTemplate', object: template }, object, username),
    names: namesOf(object),
    foundBy: 'shape',
    isFinal: false,
    keysOf: (keys) => [...place.keys, ...keys.slice(added)]
  }
}

function created(
  about: Pick<GuardRequest, 'group' | 'kind' | 'object'>,
  { namespace }: ManifestObject,
  username: string
): GuardRequest {
  const request = { namespace, username, groups: [], operation: 'CREATE', subResource: '' }
  return { ...about, ...request, oldObject: null }
}

function reviewed(object: ManifestObject): Judged {
  const review = { object, foundBy: 'kind', isFinal: true } as const
  const decoded = decodeReview(object.value)
  if (decoded.kind === 'decoded') {
    const { request } = decoded
    const keysOf: Judged['keysOf'] = (keys) => ['request', 'object', ...keys]
    return { ...review, request, names: namesInReview(request), keysOf }
  }
  const request = { malformed: decoded.message }
  return { ...review, request, names: namesOf(object), keysOf: (keys) => keys }
}

const namesOf = ({ kind, namespace, name }: Named): Named => ({ kind, namespace, name })

function namesInReview({ kind, namespace, name, object }: AdmissionRequest): Named {
  const ofObject =
    valueAt(object, ['metadata', 'name']) ?? valueAt(object, ['metadata', 'generateName'])
  return { kind, namespace, name: name || (typeof ofObject === 'string' ? ofObject : '') }
}

/**
 * The endpoint that the API server would ask. A manifest is not yet what the API server ends up with, so only a
 * review answers for the final pod. PersistentVolumes belong to no namespace and are refused in both scopes.
 */
function modeOf(
  { names, isFinal }: Judged,
  scope: CheckOptions['scope'],
  optedIn: boolean
): GuardMode {
  if (optedIn && isFinal) return 'enforce'
  return scope === 'cluster' || optedIn || names.kind === 'PersistentVolume'
    ? 'enforce-host-paths'
    : 'warn'
}

function judge(judged: Judged, mode: GuardMode, model: GuardModel): readonly Finding[] {
  const { object, request, names, foundBy, isFinal, keysOf } = judged
  const found =
    'malformed' in request ? [malformed(request.malformed)] : guard(request, mode, model).findings
  // What is odd in a custom kind is its own business.
  const fair =
    foundBy === 'shape' ? found.map((f) => (f.reason === 'Malformed' ? soften(f) : f)) : found
  return fair.map((finding) => {
    const keys = keysOf(finding.keys)
    return {
      file: object.document.file,
      document: object.document.index,
      ...object.document.locate([...object.keys, ...keys]),
      ...names,
      field: fieldPath(isFinal ? finding.keys : keys),
      path: finding.path ?? '',
      reason: finding.reason,
      verdict: finding.verdict,
      what: finding.what,
      remedy: finding.remedy,
      cure: finding.cure ?? null,
      foundBy
    }
  })
}
