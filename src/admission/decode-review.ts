import { asObject, asText, textsAt } from '../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../kubernetes/json.ts'
import { quote } from '../kubernetes/quote.ts'
import { reviewVersion } from './review.ts'

/** The fields of an AdmissionRequest that are read here, each of the right type (k8s.io/api/admission/v1). */
export interface AdmissionRequest {
  readonly uid: string
  readonly group: string
  readonly kind: string
  readonly subResource: string
  readonly operation: string
  readonly namespace: string
  readonly name: string
  readonly username: string
  readonly groups: readonly string[]
  readonly dryRun: boolean
  readonly object: unknown
  readonly oldObject: unknown
}

/** A request, or why there is none: without a UID nothing can be answered, with one the answer can say why. */
export type DecodedReview =
  | { readonly kind: 'decoded'; readonly request: AdmissionRequest }
  | { readonly kind: 'malformed'; readonly uid: string; readonly message: string }
  | { readonly kind: 'unanswerable'; readonly message: string }

/** Reads a parsed body as an AdmissionReview; copies nothing of the object under review. */
export function decodeReview(body: unknown): DecodedReview {
  if (!isObject(body))
    return { kind: 'unanswerable', message: 'the body is not an AdmissionReview' }
  const { request } = body
  if (!isObject(request)) {
    return { kind: 'unanswerable', message: 'the AdmissionReview has no request' }
  }
  const uid = asText(request.uid)
  if (uid === '') return { kind: 'unanswerable', message: 'the AdmissionRequest has no uid' }
  if (body.apiVersion !== reviewVersion.apiVersion || body.kind !== reviewVersion.kind) {
    const version = `${asText(body.apiVersion)} ${asText(body.kind)}`
    const message = `the body is a ${quote(version)}: send admission.k8s.io/v1 AdmissionReview`
    return { kind: 'malformed', uid, message }
  }
  if (!isObject(request.kind)) {
    return { kind: 'malformed', uid, message: 'the AdmissionRequest has no kind' }
  }
  return { kind: 'decoded', request: decodeRequest(request, request.kind, uid) }
}

function decodeRequest(request: JsonObject, kind: JsonObject, uid: string): AdmissionRequest {
  const user = asObject(request.userInfo)
  return {
    uid,
    group: asText(kind.group),
    kind: asText(kind.kind),
    subResource: asText(request.subResource),
    operation: asText(request.operation),
    namespace: asText(request.namespace),
    name: asText(request.name),
    username: asText(user.username),
    groups: textsAt(user, 'groups'),
    dryRun: request.dryRun === true,
    object: request.object,
    oldObject: request.oldObject
  }
}
