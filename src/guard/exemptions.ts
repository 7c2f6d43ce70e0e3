import type { PodSpec } from '../kubernetes/pod.ts'
import { show } from '../kubernetes/quote.ts'
import type { Cure, Finding } from './finding.ts'
import type { GuardModel, ResolvedExemption } from './guard-model.ts'
import { guardReasons } from './rules/rules.ts'

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
 * True where the entry lists what was found: the path itself, the CSI driver, or hostPID. The other node privileges of
 * a listed workload are its own affair: the CSI driver must be privileged for its mounts to propagate.
 */
export function covers(exemption: ResolvedExemption, finding: Finding): boolean {
  if (isPrivilege(finding)) return exemption.hostPID === true || !isHostPid(finding)
  if (finding.csiDriver !== undefined) {
    return exemption.csiDrivers?.includes(finding.csiDriver) === true
  }
  return finding.resolved !== undefined && exemption.resolvedPaths.has(finding.resolved)
}

const isPrivilege = ({ reason }: Finding): boolean => guardReasons[reason]?.privilege === true

const isHostPid = (finding: Finding): boolean =>
  isPrivilege(finding) && finding.keys.at(-1) === 'hostPID'

function isCreator({ creators }: ResolvedExemption, creator: string | undefined): boolean {
  return creators === undefined || creator === undefined || creators.includes(creator)
}

/** Paths of one workload that an exemption is proposed for; node agents have a dozen. */
const proposed = 32

/**
 * The exemption that would cover the workload, where every denial is one that an exemption can list. The namespace of
 * an object that names none is the API's default.
 */
export function cureOf(
  claim: Claim,
  found: readonly Finding[],
  model: GuardModel
): Cure | undefined {
  const denied = found.filter(({ verdict }) => verdict === 'deny')
  const listable = denied.every(
    (finding) =>
      isPrivilege(finding) || finding.csiDriver !== undefined || finding.resolved !== undefined
  )
  if (!listable || denied.length === 0) return undefined
  const paths = [...new Set(denied.flatMap(({ resolved }) => resolved ?? []))]
  const csiDrivers = [...new Set(denied.flatMap(({ csiDriver }) => csiDriver ?? []))]
  if (paths.length + csiDrivers.length > proposed) return undefined
  const almost = almostFits(claim, denied, model)
  return {
    exemption: {
      namespace: claim.namespace || 'default',
      serviceAccount: serviceAccountOf(claim.spec),
      paths,
      ...(csiDrivers.length > 0 ? { csiDrivers } : {}),
      ...(denied.some(isHostPid) ? { hostPID: true } : {})
    },
    ...(almost === undefined ? {} : { almost })
  }
}

/** The first entry of the namespace that fails in one fact alone, and in which. */
function almostFits(
  { namespace, spec, creator }: Claim,
  denied: readonly Finding[],
  model: GuardModel
): string | undefined {
  const serviceAccount = serviceAccountOf(spec)
  for (const [index, exemption] of model.exemptions.entries()) {
    if (exemption.namespace !== namespace) continue
    const missing = denied.filter((finding) => !covers(exemption, finding)).map(listedName)
    const differs = [
      ...(exemption.serviceAccount === serviceAccount
        ? []
        : [`is for the service account ${show(exemption.serviceAccount)}`]),
      ...(isCreator(exemption, creator) ? [] : [notFor(creator)]),
      ...(missing.length === 0 ? [] : [`does not list ${[...new Set(missing)].join(', ')}`])
    ]
    const [only] = differs
    if (differs.length === 1) return `guard.exemptions[${index}] almost fits: it ${only}`
  }
  return undefined
}

const notFor = (creator = ''): string =>
  creator === '' ? 'is for named creators alone' : `does not name the creator ${show(creator)}`

const listedName = (finding: Finding): string =>
  isHostPid(finding) ? 'hostPID' : show(finding.csiDriver ?? finding.resolved ?? '')
