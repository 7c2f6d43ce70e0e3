import type { Exemption } from '../config/config.ts'

/** What an administrator may add so that a workload which needs the node is let through. */
export interface Cure {
  /** It covers every denial of the workload, whole, and nothing more. */
  readonly exemption: Exemption
  /** The entry that is there already and fails in one fact, in words. */
  readonly almost?: string
}

/** One thing that a rule found in one object: data alone. `sentences.ts` makes text of it. */
export interface Finding<Reason extends string = string> {
  readonly verdict: 'deny' | 'warn'
  /** One word of the rule's reasons. */
  readonly reason: Reason
  /** The keys and indexes that lead to the field: of a rule, from the pod; of the guard, from the whole object. */
  readonly keys: readonly (string | number)[]
  /** What is wrong and where, as in `hostPath volume "sock" (/run) reaches the Workload API socket`. */
  readonly what: string
  /** What to do. */
  readonly remedy: string
  /** What stays the same while the object is updated, whatever its index: the volume's or container's name. */
  readonly subject: string
  /** The host path as written, where the finding is about one. */
  readonly path?: string
  /** The host path after cleaning and aliasing, where it has one: what an exemption lists. */
  readonly resolved?: string
  /** The CSI driver that an exemption can list. */
  readonly csiDriver?: string
  /** Of a denial that an exemption can cover; the same for all denials of a workload. */
  readonly cure?: Cure
}

/** The same finding as a warning. */
export function soften<F extends Finding>(finding: F): F {
  return { ...finding, verdict: 'warn' }
}
