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

/** Text of an object, made fit for a message: quoted like JSON, so without raw control characters, and short. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)
}

/** A host path in a message: bare where it is plain, quoted where it is not. */
export function showPath(path: unknown): string {
  if (typeof path !== 'string' || path === '') return 'no path'
  return /^[\x21-\x7e]{1,200}$/.test(path) ? path : quote(path)
}
