import type { Check } from '../../../src/guard/check.ts'
import type { GuardModel } from '../../../src/guard/guard-model.ts'
import { decodePod } from '../../../src/kubernetes/pod.ts'
import { modelOf } from '../models.ts'

const defaults = modelOf()

/** What a check finds in a pod, as lines that a table can hold: verdict, reason, field, then the sentence. */
export function found(
  check: Check,
  value: unknown,
  { base = '', model = defaults }: { base?: string; model?: GuardModel } = {}
): readonly string[] {
  const decoded = decodePod(value)
  if (decoded.kind === 'malformed') throw new Error(decoded.fault)
  return [...check({ pod: decoded.value, base }, model)].map(
    ({ verdict, reason, field, message }) => `${verdict} ${reason} ${field}: ${message}`
  )
}
