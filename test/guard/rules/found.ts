import type { GuardModel } from '../../../src/guard/guard-model.ts'
import type { PodRule } from '../../../src/guard/rules/rule.ts'
import { fieldPath, sentence } from '../../../src/guard/sentences.ts'
import { decodePod } from '../../../src/kubernetes/pod.ts'
import { modelOf } from '../models.ts'

const defaults = modelOf()

/** What a rule finds in a pod, as lines that a table can hold: verdict, reason, field, then the sentence. */
export function found(
  rule: PodRule,
  value: unknown,
  { model = defaults }: { model?: GuardModel } = {}
): readonly string[] {
  const decoded = decodePod(value)
  if (decoded.kind === 'malformed') throw new Error(decoded.fault)
  return [...rule.find(decoded.value, model)].map((finding) => {
    const { verdict, reason, keys } = finding
    return `${verdict} ${reason} ${fieldPath(keys)}: ${sentence(finding)}`
  })
}
