import { leftOnIstiod, type ReasonText } from '../inject/reasons.ts'
import { errors } from './reasons/errors.ts'
import { notes, warnings } from './reasons/warnings.ts'

/** An error or a warning; `info` is worth knowing and asks for nothing. */
export type VerifySeverity = 'error' | 'warning' | 'info'

/** One word of the closed list: the same in table, JSON, metric and documentation. */
export type VerifyReason =
  | keyof typeof errors
  | keyof typeof warnings
  | keyof typeof leftOnIstiod
  | keyof typeof notes

/** Every reason with its severity. */
export const verifyReasons: readonly {
  readonly severity: VerifySeverity
  readonly reasons: Readonly<Record<string, ReasonText>>
}[] = [
  { severity: 'error', reasons: errors },
  { severity: 'warning', reasons: { ...warnings, ...leftOnIstiod } },
  { severity: 'info', reasons: notes }
]

/** How bad a reason is. */
export function severityOf(reason: VerifyReason): VerifySeverity {
  if (Object.hasOwn(errors, reason)) return 'error'
  return Object.hasOwn(notes, reason) ? 'info' : 'warning'
}
