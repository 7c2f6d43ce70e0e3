import { nameOf } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { CheckResult } from '../check.ts'
import type { Finding } from '../finding.ts'
import { entriesOf, ownConfigurations, type WebhookEntry } from '../webhooks/entries.ts'
import { absentConfiguration, type ConfigurationFacts } from '../webhooks/findings.ts'
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
      ...judgeSide(mutating, absentConfiguration('mutating', facts.mutatingName), (entries) =>
        judgeInjecting(entries, facts)
      ),
      ...judgeSide(validating, absentConfiguration('validating', facts.validatingName), (entries) =>
        judgeGuarding(entries, facts)
      )
    ],
    notSeen: []
  }
}

function judgeSide(
  own: readonly JsonObject[] | undefined,
  absent: Finding,
  judge: (entries: readonly WebhookEntry[]) => readonly Finding[]
): readonly Finding[] {
  if (own === undefined) return []
  const entries = entriesOf(own)
  return entries.length === 0 ? [absent] : judge(entries)
}
