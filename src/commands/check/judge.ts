import { type AdmissionRequest, decodeReview } from '../../admission/decode-review.ts'
import { reviewVersion } from '../../admission/review.ts'
import type { Config } from '../../config/config.ts'
import { type GuardRequest, guard, malformed } from '../../guard/guard.ts'
import type { GuardMode } from '../../guard/guard-mode.ts'
import { type GuardModel, guardModel } from '../../guard/guard-model.ts'
import { fieldPath } from '../../guard/sentences.ts'
import { apiGroup, valueAt } from '../../kubernetes/fields.ts'
import { podTemplatePath } from '../../kubernetes/pod-template.ts'
import type { ManifestObject } from '../../manifests/objects.ts'
import { type Namespaces, readNamespaces } from '../namespaces.ts'
import type { CheckReport, Finding } from './report.ts'

/** How objects are judged. */
export interface CheckOptions {
  /** `cluster`: host paths are refused everywhere. `optedIn`: only where a Namespace object of the input opts in. */
  readonly scope: 'cluster' | 'optedIn'
  /** Who would create the objects. */
  readonly username: string
}

/** Judges every object as if it were created now, and every AdmissionReview as it stands. */
export function checkObjects(
  objects: readonly ManifestObject[],
  config: Config,
  options: CheckOptions
): CheckReport {
  const namespaces = readNamespaces(objects)
  const model = guardModel(config)
  const judged = objects
    .map((object) => (isReview(object) ? reviewed(object) : created(object, options.username)))
    .filter((one) => one !== undefined)
  const findings = judged.flatMap((one) =>
    judge(one, modeOf(one, options.scope, namespaces), model)
  )
  const count = (verdict: Finding['verdict']): number =>
    findings.filter((finding) => finding.verdict === verdict).length
  return {
    findings,
    judged: judged.length,
    summary: { objects: objects.length, denied: count('deny'), warned: count('warn') }
  }
}

/** One request to judge and where its object stands, or why there is none. */
interface Judged {
  readonly object: ManifestObject
  readonly request: GuardRequest | { readonly malformed: string }
  readonly names: { readonly kind: string; readonly namespace: string; readonly name: string }
  /** The keys that lead from the manifest to the object under review. */
  readonly keys: readonly string[]
}

const isReview = ({ group, kind }: ManifestObject): boolean =>
  group === apiGroup(reviewVersion.apiVersion) && kind === reviewVersion.kind

function reviewed(object: ManifestObject): Judged {
  const decoded = decodeReview(object.value)
  if (decoded.kind === 'decoded') {
    const { request } = decoded
    return { object, request, names: namesOf(request), keys: ['request', 'object'] }
  }
  const names = { kind: object.kind, namespace: object.namespace, name: object.name }
  return { object, request: { malformed: decoded.message }, names, keys: [] }
}

function namesOf({ kind, namespace, name, object }: AdmissionRequest): Judged['names'] {
  const ofObject =
    valueAt(object, ['metadata', 'name']) ?? valueAt(object, ['metadata', 'generateName'])
  return { kind, namespace, name: name || (typeof ofObject === 'string' ? ofObject : '') }
}

/** Undefined for a kind that the guard is never asked about. */
function created(object: ManifestObject, username: string): Judged | undefined {
  const { group, kind, namespace, name, value } = object
  const isGuarded =
    podTemplatePath(group, kind) !== undefined ||
    (group === '' && kind === 'PersistentVolume') ||
    (group === 'storage.k8s.io' && kind === 'StorageClass')
  if (!isGuarded) return undefined
  const about = { group, kind, namespace, username, operation: 'CREATE', subResource: '' }
  const request = { ...about, groups: [], object: value, oldObject: null }
  return { object, request, names: { kind, namespace, name }, keys: [] }
}

/**
 * The endpoint that the API server would ask. A manifest is not yet what the API server ends up with, so only a
 * review answers for the final pod. PersistentVolumes belong to no namespace and are refused in both scopes.
 */
function modeOf(
  { names, keys }: Judged,
  scope: CheckOptions['scope'],
  namespaces: Namespaces
): GuardMode {
  const optedIn = namespaces.optedIn(names.namespace) === true
  if (optedIn && keys.length > 0) return 'enforce'
  return scope === 'cluster' || optedIn || names.kind === 'PersistentVolume'
    ? 'enforce-host-paths'
    : 'warn'
}

function judge(
  { object, request, names, keys }: Judged,
  mode: GuardMode,
  model: GuardModel
): readonly Finding[] {
  const found =
    'malformed' in request ? [malformed(request.malformed)] : guard(request, mode, model).findings
  return found.map((finding) => ({
    file: object.document.file,
    document: object.document.index,
    ...object.document.locate([...object.keys, ...keys, ...finding.keys]),
    ...names,
    field: fieldPath(finding.keys),
    path: finding.path ?? '',
    reason: finding.reason,
    verdict: finding.verdict,
    what: finding.what,
    remedy: finding.remedy
  }))
}
