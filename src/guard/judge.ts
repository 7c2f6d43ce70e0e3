import type { Pod } from '../kubernetes/pod.ts'
import { type Claim, coveringExemption, covers, cureOf } from './exemptions.ts'
import type { Cure, Finding } from './finding.ts'
import type { GuardModel } from './guard-model.ts'
import type { RuleAbout, Subjects } from './rules/rule.ts'
import { rules, unjudgedReasons } from './rules/rules.ts'

/** Findings that are kept of one object: more than any manifest has. Each costs more than the eight bytes that can make one. */
const limit = 512

/**
 * What the rules about such a subject find in it, exemptions not asked. Beyond the limit the object is refused whole,
 * as what was not judged may be a denial.
 */
export function findIn<About extends keyof Subjects>(
  about: About,
  subject: Subjects[About],
  model: GuardModel
): readonly Finding[] {
  const found: Finding[] = []
  for (const rule of rules) {
    if (!isAbout(rule, about)) continue
    for (const finding of rule.find(subject, model)) {
      if (found.push(finding) > limit) return [tooMany]
    }
  }
  return found
}

function isAbout<About extends keyof Subjects>(
  rule: { readonly about: keyof Subjects },
  about: About
): rule is RuleAbout<About> {
  return rule.about === about
}

const tooMany: Finding = {
  verdict: 'deny',
  reason: 'TooManyFindings',
  keys: ['spec'],
  subject: '',
  what: `spec has more than ${limit} findings`,
  remedy: unjudgedReasons.TooManyFindings.remedy
}

/** What the rules find in a pod or template, less what the one covering exemption lists. */
export function judgePod(pod: Pod, claim: Claim, model: GuardModel): readonly Finding[] {
  const found = findIn('pod', pod, model)
  if (found.length === 0) return found
  const exemption = coveringExemption(claim, found, model)
  if (exemption === undefined) return withCure(found, cureOf(claim, found, model))
  return found.filter((finding) => !covers(exemption, finding))
}

function withCure(found: readonly Finding[], cure: Cure | undefined): readonly Finding[] {
  if (cure === undefined) return found
  return found.map((finding) => (finding.verdict === 'deny' ? { ...finding, cure } : finding))
}
