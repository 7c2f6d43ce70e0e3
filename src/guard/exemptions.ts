import type { PodSpec } from '../kubernetes/pod.ts'
import type { Finding } from './finding.ts'
import type { GuardModel, ResolvedExemption } from './guard-model.ts'

/** Who asks for which workload: the facts that an exemption is matched by, none of them a label. */
export interface Claim {
  readonly namespace: string
  readonly spec: PodSpec | null | undefined
  /** The creating user where the object is a Pod; undefined where the user is not asked. */
  readonly creator: string | undefined
}

/** The API fills serviceAccountName from the deprecated serviceAccount and, for a Pod, defaults both. */
export function serviceAccountOf(spec: PodSpec | null | undefined): string {
  return spec?.serviceAccountName || spec?.serviceAccount || 'default'
}

/**
 * The one exemption that covers every denial of the workload by itself, if there is one: two entries never
 * add up, and a denial that is not about a listed path is never covered.
 */
export function coveringExemption(
  claim: Claim,
  found: readonly Finding[],
  model: GuardModel
): ResolvedExemption | undefined {
  const serviceAccount = serviceAccountOf(claim.spec)
  return model.exemptions.find(
    (exemption) =>
      exemption.namespace === claim.namespace &&
      exemption.serviceAccount === serviceAccount &&
      isCreator(exemption, claim.creator) &&
      found.every((finding) => finding.verdict === 'warn' || covers(exemption, finding))
  )
}

/**
 * True where the entry lists what was found: the path itself, or hostPID. The other node privileges of a listed
 * workload are its own affair: the CSI driver must be privileged for its mounts to propagate.
 */
export function covers(exemption: ResolvedExemption, finding: Finding): boolean {
  if (finding.reason === 'NodePrivilege' || finding.reason === 'NodeDeviceAnnotation') {
    return exemption.hostPID === true || finding.keys.at(-1) !== 'hostPID'
  }
  return finding.resolved !== undefined && exemption.resolvedPaths.has(finding.resolved)
}

function isCreator({ creators }: ResolvedExemption, creator: string | undefined): boolean {
  return creators === undefined || creator === undefined || creators.includes(creator)
}
