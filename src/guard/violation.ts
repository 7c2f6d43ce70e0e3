import { show } from '../kubernetes/quote.ts'
import type { GuardReason } from './reasons.ts'

/** One thing that the guard found in one object. */
export interface Violation {
  readonly verdict: 'deny' | 'warn'
  readonly reason: GuardReason
  /** Where in the object, as in `spec.template.spec.volumes[2].hostPath.path`. */
  readonly field: string
  /** The host path as written, or empty where the finding is not about one. */
  readonly path: string
  /** One sentence: what, where, and what instead. */
  readonly message: string
  /** The part of the sentence that says what to do. */
  readonly remedy: string
  /** What stays the same while the object is updated, whatever its index: the volume's or container's name. */
  readonly subject: string
  /** The host path after cleaning and aliasing, where it has one: what an exemption lists. */
  readonly resolved?: string
}

/** A host path in a message: bare where it is plain, quoted where it is not. */
export function showPath(path: unknown): string {
  return typeof path !== 'string' || path === '' ? 'no path' : show(path)
}
