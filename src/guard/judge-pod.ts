import type { Check, PodSubject } from './check.ts'
import { ambiguousKeys } from './checks/ambiguous-keys.ts'
import { csiVolumes } from './checks/csi-volumes.ts'
import { hostPathVolumes } from './checks/host-path-volumes.ts'
import { istioUserVolumes } from './checks/istio-user-volumes.ts'
import { nodeCodeVolumes } from './checks/node-code-volumes.ts'
import { nodePrivileges } from './checks/node-privileges.ts'
import { nriAnnotations } from './checks/nri-annotations.ts'
import { type Claim, coveringExemption, covers } from './exemptions.ts'
import type { GuardModel } from './guard-model.ts'
import type { Violation } from './violation.ts'

/** Every rule, in the order in which findings are told. */
const checks: readonly Check[] = [
  hostPathVolumes,
  csiVolumes,
  nriAnnotations,
  ambiguousKeys,
  istioUserVolumes,
  nodeCodeVolumes,
  nodePrivileges
]

/** Findings that are kept of one object: more than any manifest has, and a few megabytes at most. */
const limit = 20_000

/**
 * What the checks find in a pod or template, exemptions not asked. Beyond the limit the object is refused whole,
 * as what was not looked at may be a denial.
 */
export function findViolations(subject: PodSubject, model: GuardModel): readonly Violation[] {
  const found: Violation[] = []
  for (const check of checks) {
    for (const violation of check(subject, model)) {
      if (found.push(violation) > limit) return [tooMany(subject)]
    }
  }
  return found
}

function tooMany({ base }: PodSubject): Violation {
  const remedy = 'split the workload'
  const message = `${base}spec has more than ${limit} findings: ${remedy}`
  const at = { field: `${base}spec`, path: '', subject: '' }
  return { ...at, verdict: 'deny', reason: 'TooManyFindings', message, remedy }
}

/** What the checks find in a pod or template, less what the one covering exemption lists. */
export function judgePod(
  subject: PodSubject,
  claim: Claim,
  model: GuardModel
): readonly Violation[] {
  const violations = findViolations(subject, model)
  if (violations.length === 0) return violations
  const exemption = coveringExemption(claim, violations, model)
  if (exemption === undefined) return violations
  return violations.filter((violation) => !covers(exemption, violation))
}
