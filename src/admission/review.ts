import type { GuardMode } from '../guard/guard-mode.ts'
import { type Operation, patchText } from '../kubernetes/operation.ts'

export type { GuardMode } from '../guard/guard-mode.ts'

/** The API version and kind of the only review this server speaks (k8s.io/api/admission/v1). */
export const reviewVersion = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' } as const

/** The answer half of a review, as the API server reads it (k8s.io/api/admission/v1 AdmissionResponse). */
export interface AdmissionResponse {
  readonly uid: string
  readonly allowed: boolean
  /** Base64 of the JSON Patch; absent where nothing changes. */
  readonly patch?: string
  readonly patchType?: 'JSONPatch'
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string }
  readonly warnings?: readonly string[]
  readonly auditAnnotations?: Readonly<Record<string, string>>
}

/** A whole answer, ready to be sent with status 200. */
export interface AdmissionReview {
  readonly apiVersion: 'admission.k8s.io/v1'
  readonly kind: 'AdmissionReview'
  readonly response: AdmissionResponse
}

/** What one decision leaves in the log and the metrics: names and reasons, never env values or whole objects. */
export interface DecisionRecord {
  readonly uid: string
  /** Empty for a cluster-scoped object. */
  readonly namespace: string
  /** metadata.name, else metadata.generateName, else empty. */
  readonly name: string
  /** `Kind/name` of the controlling owner, or empty. */
  readonly owner: string
  readonly kind: string
  readonly operation: string
  readonly dryRun: boolean
  /** One word: what was done with the request. */
  readonly decision: 'injected' | 'skipped' | 'allowed' | 'warned' | 'refused'
  /** The first reason of the closed list (docs/reference/codes.md), or empty where there is nothing to say. */
  readonly reason: string
  /** Number of JSON Patch operations. */
  readonly operations: number
}

/** The outcome of one HTTP body: an answer to send with 200, or no way to answer (no UID), which is a 400. */
export type Outcome =
  | { readonly kind: 'answered'; readonly review: AdmissionReview; readonly record: DecisionRecord }
  | { readonly kind: 'unanswerable'; readonly message: string }

/** The pure engine behind the HTTP edge: a parsed JSON body in, an outcome out; it never throws. */
export interface Admission {
  readonly inject: (body: unknown) => Outcome
  readonly guard: (mode: GuardMode, body: unknown) => Outcome
}

/** The patch of an answer, as the API server sends it on to JSON Patch. */
export const encodePatch = (operations: readonly Operation[]): string => btoa(patchText(operations))

/** The text of an answer. Most of it is the patch, which is base64: nothing in it wants an escape, so it is not looked through. */
export function reviewText({ apiVersion, kind, response }: AdmissionReview): string {
  const { patch, ...others } = response
  const text = JSON.stringify({ apiVersion, kind, response: others })
  return patch === undefined ? text : `${text.slice(0, -2)},"patch":"${patch}"}}`
}
