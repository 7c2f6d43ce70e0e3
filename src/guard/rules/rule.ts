import type { ReasonText } from '../../inject/reasons.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { Container, Pod } from '../../kubernetes/pod.ts'
import type { Finding } from '../finding.ts'
import type { GuardModel, ResolvedExemption } from '../guard-model.ts'

/** New ephemeral containers of a pod whose findings an exemption covers, and who adds them. */
export interface JoinedExemptPod {
  readonly containers: readonly Container[]
  readonly exemption: ResolvedExemption
  readonly username: string
}

/** What a rule can be about. */
export interface Subjects {
  /** Every Pod, and the template of one in a Deployment, CronJob and their like. */
  readonly pod: Pod
  /** A Pod that is created in a labelled namespace, as every mutating webhook left it. */
  readonly finalPod: Pod
  readonly ephemeralContainers: JoinedExemptPod
  readonly persistentVolume: JsonObject
  readonly storageClass: JsonObject
}

/**
 * One rule of the guard, whole: what it is about, the reasons that it gives, and the function that finds. Pure, and
 * never throws for any object. Its place in the order is in rules.ts.
 */
export interface RuleAbout<About extends keyof Subjects, Reason extends string = string> {
  readonly about: About
  /** Every word that it can say. */
  readonly reasons: Readonly<Record<Reason, ReasonText>>
  /** One finding at a time, so that no object decides how many are kept. */
  readonly find: (subject: Subjects[About], model: GuardModel) => Iterable<Finding<Reason>>
}

/** A rule about pods and pod templates, as most are. */
export type PodRule<Reason extends string = string> = RuleAbout<'pod', Reason>

/** Any rule. */
export type Rule = { readonly [About in keyof Subjects]: RuleAbout<About> }[keyof Subjects]
