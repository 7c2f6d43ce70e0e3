import type { CheckResult } from './check.ts'
import { absentConfiguration, type ConfigurationFacts } from './configuration-facts.ts'
import type { Finding } from './finding.ts'
import { judgeGuarding } from './guarding-webhook.ts'
import { judgeInjecting } from './injecting-webhook.ts'
import { nameOf } from './object.ts'
import { entriesOf, ownConfigurations } from './webhooks.ts'

/** Both configurations are there, with every entry, asked about everything, and failing the right way. */
export function checkWebhookConfigurations(facts: ConfigurationFacts): CheckResult {
  const mutating = ownConfigurations(facts.mutating, facts.mutatingName)
  const validating = ownConfigurations(facts.validating, facts.validatingName)
  const names = [...new Set([...mutating, ...validating].map(nameOf))].join(', ')
  const injecting: readonly Finding[] =
    mutating.length === 0
      ? [absentConfiguration('mutating', facts.mutatingName)]
      : judgeInjecting(entriesOf(mutating), facts)
  const guarding: readonly Finding[] =
    validating.length === 0
      ? [absentConfiguration('validating', facts.validatingName)]
      : judgeGuarding(entriesOf(validating), facts)
  return {
    check: 'webhook-configurations',
    detail: `${mutating.length} mutating, ${validating.length} validating${names === '' ? '' : `: ${names}`}`,
    findings: [...injecting, ...guarding],
    notSeen: []
  }
}
