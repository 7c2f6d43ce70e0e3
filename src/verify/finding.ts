import { severityOf, type VerifyReason, type VerifySeverity } from './reasons.ts'

/** The object that a finding is about; cluster-scoped ones have no namespace. */
export interface ObjectRef {
  readonly kind: string
  readonly namespace?: string
  readonly name: string
}

/** One thing that is not as it should be, with the one command that fixes it or shows more. */
export interface Finding {
  readonly reason: VerifyReason
  readonly severity: VerifySeverity
  readonly object: ObjectRef
  /** One sentence: what, where. */
  readonly message: string
  /** One line for a shell. */
  readonly command: string
}

/** Makes a finding; how bad it is follows from the reason alone. */
export function finding(
  reason: VerifyReason,
  object: ObjectRef,
  message: string,
  command: string
): Finding {
  return { reason, severity: severityOf(reason), object, message, command }
}

/** `Pod sock-shop/front-end-1`: how a sentence and the table speak of an object. */
export function showObject({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}
