import { nameOf } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { CheckResult } from '../check.ts'
import type { Finding } from '../finding.ts'
import { compareEntries } from '../webhooks/compare.ts'
import { entriesOf, ownConfigurations } from '../webhooks/entries.ts'
import { absentConfiguration, type ConfigurationFacts, type Side } from '../webhooks/findings.ts'
import { judgeGuarding } from '../webhooks/guarding.ts'
import { judgeInjecting } from '../webhooks/injecting.ts'

/** Both configurations are there, with every entry, asked about everything, and failing the right way. */
export function checkWebhookConfigurations(facts: ConfigurationFacts): CheckResult {
  const mutating = facts.mutating && ownConfigurations(facts.mutating, facts.mutatingName)
  const validating = facts.validating && ownConfigurations(facts.validating, facts.validatingName)
  const names = [...new Set([...(mutating ?? []), ...(validating ?? [])].map(nameOf))].join(', ')
  const count = (own: readonly JsonObject[] | undefined): string => String(own?.length ?? 'unknown')
  return {
    check: 'webhook-configurations',
    detail: `mutating ${count(mutating)}, validating ${count(validating)}${names === '' ? '' : `: ${names}`}`,
    findings: [
      ...judgeSide('mutating', mutating, facts),
      ...judgeSide('validating', validating, facts)
    ],
    notSeen: []
  }
}

/** By what this version renders; where that cannot be said, by the paths that the entries have. */
function judgeSide(
  side: Side,
  own: readonly JsonObject[] | undefined,
  facts: ConfigurationFacts
): readonly Finding[] {
  if (own === undefined) return []
  const entries = entriesOf(own)
  const isMutating = side === 'mutating'
  if (entries.length === 0) {
    return [absentConfiguration(side, isMutating ? facts.mutatingName : facts.validatingName)]
  }
  if (facts.expected !== undefined) {
    return compareEntries({ ...facts, side, expected: facts.expected[side], installed: own })
  }
  return isMutating ? judgeInjecting(entries, facts) : judgeGuarding(entries, facts)
}
