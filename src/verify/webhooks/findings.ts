import { numberAt, textAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import { type Finding, finding } from '../finding.ts'
import type { VerifyReason } from '../reasons.ts'
import type { WebhookEntry } from './entries.ts'
import type { Expected } from './expected.ts'
import type { MatchFacts } from './match.ts'

/** What is installed, and what the webhook's own configuration and the labels expect of it. */
export interface ConfigurationFacts {
  /** Every configuration of the cluster; undefined where they were not seen. */
  readonly mutating: readonly JsonObject[] | undefined
  readonly validating: readonly JsonObject[] | undefined
  /** metadata.name of ours; others are found by the chart's label. */
  readonly mutatingName: string
  readonly validatingName: string
  /** Milliseconds that the server waits for a request. */
  readonly requestTimeout: number
  /** Labels of each opted-in namespace, by its name. */
  readonly optedIn: ReadonlyMap<string, Readonly<Record<string, string>>>
  readonly others?: NonNullable<MatchFacts['others']>
  /** What this version renders for the installed configuration; undefined where that cannot be said. */
  readonly expected: Pick<Expected, 'mutating' | 'validating'> | undefined
  readonly podsMatching: MatchFacts['podsMatching']
}

/** Which of the two configurations. */
export type Side = 'mutating' | 'validating'

const kinds: Readonly<Record<Side, string>> = {
  mutating: 'MutatingWebhookConfiguration',
  validating: 'ValidatingWebhookConfiguration'
}

/** The finding that a whole configuration is missing. */
export function absentConfiguration(side: Side, name: string): Finding {
  const mutating = side === 'mutating'
  const reason = mutating ? 'MutatingConfigurationMissing' : 'ValidatingConfigurationMissing'
  const what = mutating ? 'new pods are not moved' : 'nothing is refused'
  const message = `there is no ${kinds[side]} ${name}: ${what}`
  const command =
    'helm upgrade --install spiffe-webhook charts/spiffe-webhook --namespace spiffe-webhook'
  return finding(reason, { kind: kinds[side], name }, message, command)
}

/** A finding about one entry: its name opens the sentence, the command shows its configuration. */
export function aboutEntry(
  side: Side,
  { configuration, name }: WebhookEntry,
  reason: VerifyReason,
  what: string
): Finding {
  const command = `kubectl get ${kinds[side].toLowerCase()} ${configuration} -o yaml`
  return finding(reason, { kind: kinds[side], name: configuration }, `${name} ${what}`, command)
}

/** The finding that a configuration, known by its entries, lacks the webhook of a path. */
export function missingEntry(side: Side, entries: readonly WebhookEntry[], path: string): Finding {
  const name = [...new Set(entries.map(({ configuration }) => configuration))].join(' ')
  const message = `${name} has no webhook with the path ${path}: upgrade the chart`
  const command = `kubectl get ${kinds[side].toLowerCase()} ${name} -o yaml`
  return finding('EntryMissing', { kind: kinds[side], name }, message, command)
}

/** matchPolicy and timeoutSeconds of one entry; absent ones are the API's defaults, Equivalent and 10. */
export function judgeCall(
  side: Side,
  entry: WebhookEntry,
  { requestTimeout }: Pick<ConfigurationFacts, 'requestTimeout'>
): readonly Finding[] {
  const findings: Finding[] = []
  if (textAt(entry.webhook, 'matchPolicy') === 'Exact') {
    findings.push(
      aboutEntry(side, entry, 'MatchPolicyExact', 'has matchPolicy Exact: set Equivalent')
    )
  }
  const seconds = numberAt(entry.webhook, 'timeoutSeconds') || 10
  if (seconds * 1000 <= requestTimeout) {
    const what = `has timeoutSeconds ${seconds}, not above the server's own ${requestTimeout / 1000} s: raise it`
    findings.push(aboutEntry(side, entry, 'TimeoutTooShort', what))
  }
  return findings
}
