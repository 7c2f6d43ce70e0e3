import type { KubernetesObject } from '../guard/decision-table-objects.ts'
import type { Asked } from './ask.ts'

/** The request half of a review of the decision table. */
export interface ReviewRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE'
  readonly subResource?: string
  readonly namespace?: string
  readonly dryRun: boolean
  readonly userInfo: { readonly username: string; readonly groups: readonly string[] }
  readonly object: KubernetesObject
  readonly oldObject: KubernetesObject | null
}

const plurals: Readonly<Record<string, string>> = { StorageClass: 'storageclasses' }

/** The collection of an object's kind in the API, in its namespace where it has one. */
export function collection({ apiVersion, kind, metadata }: KubernetesObject): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const namespace = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`
  return `${root}${namespace}/${plurals[kind] ?? `${kind.toLowerCase()}s`}`
}

/** A finalizer that keeps a deleted object there: how a real object comes by a deletionTimestamp. */
const finalizers = ['example.com/hold']

/** True where the table asks about an object that is being deleted. */
export function isTerminating({ object }: ReviewRequest): boolean {
  return object.metadata.deletionTimestamp !== undefined
}

/** The object under a name of its case, so that cases do not meet in one cluster. */
export function named(object: KubernetesObject, name: string, held: boolean): KubernetesObject {
  const { deletionTimestamp, ...metadata } = object.metadata
  return { ...object, metadata: { ...metadata, name, ...(held ? { finalizers } : {}) } }
}

/** The dry run that makes a real API server judge what the review of the table asks. */
export function asRequest(request: ReviewRequest, name: string): Asked {
  const { username, groups } = request.userInfo
  const body = named(request.object, name, isTerminating(request))
  const user = { username, groups, body }
  const all = collection(body)
  if (request.operation === 'CREATE') return { ...user, method: 'POST', path: `${all}?dryRun=All` }
  if (body.kind === 'Pod' && request.subResource === undefined) {
    // A whole pod would take back what the API server has filled in; only its metadata can change.
    const { annotations, labels } = body.metadata
    const patch = { metadata: { annotations, labels } }
    return { ...user, method: 'PATCH', path: `${all}/${name}?dryRun=All`, body: patch }
  }
  const sub = request.subResource === undefined ? '' : `/${request.subResource}`
  return { ...user, method: 'PUT', path: `${all}/${name}${sub}?dryRun=All` }
}
