import type { Pod } from '../kubernetes/pod.ts'
import type { GuardModel } from './guard-model.ts'
import type { Violation } from './violation.ts'

/** A Pod, or the template of one, with the field path that leads to it. */
export interface PodSubject {
  readonly pod: Pod
  /** Empty for a Pod, as in `spec.template.` for a Deployment: put in front of every field. */
  readonly base: string
}

/**
 * One rule: a pod in, what it finds out, one finding at a time, so that nobody's pod decides how many are kept.
 * Pure, and never throws for any pod.
 */
export type Check = (subject: PodSubject, model: GuardModel) => Iterable<Violation>
