import { type GuardEntry, guardEntries } from '../../guard/entries.ts'
import { guardPath } from '../../guard/guard-mode.ts'
import { guardedResources } from '../../guard/rules/rules.ts'
import type { Finding } from '../finding.ts'
import { isAskedAbout, type WebhookEntry } from './entries.ts'
import { aboutEntry, type ConfigurationFacts, judgeCall, missingEntry } from './findings.ts'

/** API group, resource, operation. */
type Rule = readonly [string, string, string]

/** What must be refused of some resources: in labelled namespaces, or in both scopes where they have no namespace. */
const rulesOf = (where: GuardEntry['where']): readonly Rule[] =>
  guardEntries
    .filter((entry) => entry.where === where && entry.mode !== 'warn')
    .flatMap(({ asked }) => guardedResources.filter((resource) => resource.asked === asked))
    .flatMap(({ group, resource, operations }) =>
      operations.map((operation): Rule => [group, resource, operation])
    )

const optedInPath = guardPath('enforce')
const warnPath = guardPath('warn')

/** The guard refuses in labelled namespaces and at least warns elsewhere; only the refusing half may fail closed. */
export function judgeGuarding(
  entries: readonly WebhookEntry[],
  facts: ConfigurationFacts
): readonly Finding[] {
  const enforce = entries.filter(({ path }) => path.startsWith(optedInPath))
  const warn = entries.filter(({ path }) => path === warnPath)
  const optedIn = enforce.filter(({ path }) => path === optedInPath)
  const findings: Finding[] = []
  if (optedIn.length === 0) findings.push(missingEntry('validating', entries, optedInPath))
  else findings.push(...unguarded(optedIn, enforce))
  if (warn.length === 0 && enforce.length === optedIn.length) {
    findings.push(missingEntry('validating', entries, warnPath))
  }
  return [
    ...findings,
    ...failing(
      enforce,
      'Ignore',
      'GuardFailsOpen',
      'so an outage lets everything through: set Fail'
    ),
    ...failing(
      warn,
      'Fail',
      'WarningFailsClosed',
      'so an outage refuses what it only warns of: set Ignore'
    ),
    ...entries.flatMap((entry) => judgeCall('validating', entry, facts))
  ]
}

function unguarded(
  optedIn: readonly WebhookEntry[],
  enforce: readonly WebhookEntry[]
): readonly Finding[] {
  const unasked = (rules: readonly Rule[], of: readonly WebhookEntry[]): readonly Rule[] =>
    rules.filter((rule) => !of.some((entry) => isAskedAbout(entry, ...rule)))
  const missing = [
    ...unasked(rulesOf('optedIn'), optedIn),
    ...unasked(rulesOf('clusterScoped'), enforce)
  ]
  const [entry] = optedIn
  if (missing.length === 0 || entry === undefined) return []
  const shown = missing.map(([, resource, operation]) => `${operation} of ${resource}`).join(', ')
  return [
    aboutEntry('validating', entry, 'RuleMissing', `is not asked about ${shown}: add the rules`)
  ]
}

/** An absent failurePolicy is the API's default, Fail. */
function failing(
  entries: readonly WebhookEntry[],
  policy: 'Fail' | 'Ignore',
  reason: 'GuardFailsOpen' | 'WarningFailsClosed',
  why: string
): readonly Finding[] {
  return entries
    .filter(({ webhook }) => (webhook.failurePolicy ?? 'Fail') === policy)
    .map((entry) => aboutEntry('validating', entry, reason, `has failurePolicy ${policy}, ${why}`))
}
