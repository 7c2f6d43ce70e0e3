import type { ReasonText } from '../../inject/reasons.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { Container, Pod } from '../../kubernetes/pod.ts'
import type { CelSettings } from '../cel/settings.ts'
import type { Finding } from '../finding.ts'
import type { GuardModel, ResolvedExemption } from '../guard-model.ts'

/** A reason of the guard, and what others make of it: metrics, exemptions, updates and `verify`. */
export interface GuardReasonText extends ReasonText {
  /** True where the guard never refuses for it. */
  readonly onlyWarns?: true
  /** True of a power over the node that an exemption of the workload covers without listing it. */
  readonly privilege?: true
  /** True where the key of an annotation is what was found: it is old only while the text stays the same. */
  readonly oldByText?: true
  /** Whether a running pod of which this is said has the socket itself, or a route to it: what `verify` reports. */
  readonly leadsTo?: 'socket' | 'route'
}

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
 * What the ValidatingAdmissionPolicy says of a sight: CEL strings, which read what the condition reads. A host path is
 * judged by the path model.
 */
export type PolicySaying =
  | { readonly hostPath: string; readonly what: string }
  | {
      /** The whole sentence with its reason; where it is about several things, each has a line of its own. */
      readonly text: string
      /** The CSI driver that an exemption can list. */
      readonly driver?: string
      /** Which privilege of the node: an exemption covers hostPID where it says so, and every other. */
      readonly privilege?: 'hostPID' | 'other'
    }

/**
 * What must be shown to a rule: one CEL expression, true of every object of which the rule has something to say. The
 * matchConditions of the webhooks are put together from these, so an object that no rule sees never leaves the API
 * server. The verdict is the worst that the rule may give: `nodePrivileges` means what that option says.
 */
export interface Sight {
  readonly verdict: 'deny' | 'warn' | 'nodePrivileges'
  /** What the policy refuses wherever the condition is true; absent where CEL cannot judge it. */
  readonly says?: PolicySaying
}

/** Each expression that is there is about one thing, under the name of that thing; `says` goes with one alone. */
interface PodSight extends Sight {
  /** `pod`: the Pod or the template. */
  readonly pod?: string
  /** `v`: one of spec.volumes. */
  readonly volume?: string
  /** True where the exemption `e` lists what is seen of the volume `v`, as it is written; never where this is absent. */
  readonly listed?: string
  /** `c`: one of the containers, whatever their list. */
  readonly container?: string
  /** `a`: the key of one of metadata.annotations. */
  readonly annotation?: string
}

interface VolumeSight extends Sight {
  /** The key of the source below spec, as in `hostPath`. */
  readonly source: string
  /** True where the source matters; every one does where this is absent. Read `object`. */
  readonly where?: string
}

/** In a pod that an exemption covers. */
interface EphemeralContainerSight extends Sight {
  /** `c`: one of the new ephemeral containers. */
  readonly container: string
}

interface StorageClassSight extends Sight {
  /** Reads `object`. */
  readonly where: string
}

/** What the rules about each subject must be shown. */
export interface Sights {
  readonly pod: PodSight
  readonly finalPod: PodSight
  /** The webhook is asked where the rules about pods see something in the pod. */
  readonly ephemeralContainers: EphemeralContainerSight
  readonly persistentVolume: VolumeSight
  readonly storageClass: StorageClassSight
}

/**
 * One rule of the guard, whole: what it is about, the reasons that it gives, what it must be shown and what CEL can
 * judge of that, and the function that finds. Pure, and never throws for any object. Its place in the order is in rules.ts.
 */
export interface RuleAbout<About extends keyof Subjects, Reason extends string = string> {
  readonly about: About
  /** Every word that it can say. */
  readonly reasons: Readonly<Record<Reason, GuardReasonText>>
  readonly sees: (settings: CelSettings) => readonly Sights[About][]
  /** One finding at a time, so that no object decides how many are kept. */
  readonly find: (subject: Subjects[About], model: GuardModel) => Iterable<Finding<Reason>>
}

/** A rule about pods and pod templates, as most are. */
export type PodRule<Reason extends string = string> = RuleAbout<'pod', Reason>

/** Any rule. */
export type Rule = { readonly [About in keyof Subjects]: RuleAbout<About> }[keyof Subjects]
