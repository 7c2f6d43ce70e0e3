import { guardPath } from '../../guard/guard-mode.ts'
import { listAt, nameOf, numberAt, textAt, textsAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import { type Finding, finding } from '../finding.ts'
import type { VerifyReason } from '../reasons.ts'
import { addressOf, entriesOf, type WebhookEntry } from './entries.ts'
import { aboutEntry, type ConfigurationFacts, judgeCall, type Side } from './findings.ts'
import { compareConditions, compareMatch, type Difference, type MatchFacts } from './match.ts'

/** What is compared: every entry as it is rendered, and as it is installed. */
export interface CompareFacts extends MatchFacts, Pick<ConfigurationFacts, 'requestTimeout'> {
  readonly side: Side
  /** The webhooks that the chart renders. */
  readonly expected: readonly JsonObject[]
  /** Our configurations as they are installed. */
  readonly installed: readonly JsonObject[]
}

/** The short name of an entry: `enforce-pods` of `enforce-pods.spiffe-webhook.internal`. */
const shortName = (name: string): string => name.split('.')[0] ?? name

const onlyWarns = (webhook: JsonObject): boolean =>
  textAt(webhook, 'clientConfig', 'service', 'path') === guardPath('warn')

/** Every way in which the installed entries differ from the rendered ones, one line each with its effect. */
export function compareEntries(facts: CompareFacts): readonly Finding[] {
  const found = entriesOf(facts.installed)
  const names = new Set(facts.expected.map(({ name }) => name))
  return [
    ...facts.expected.flatMap((expected) => {
      const entries = found.filter(({ name }) => name === expected.name)
      if (entries.length === 0) return [missing(facts, expected)]
      return entries.flatMap((entry) => compareEntry(expected, entry, facts))
    }),
    ...found
      .filter(({ name }) => !names.has(name))
      .map((entry) =>
        aboutEntry(facts.side, entry, 'EntryUnknown', 'is not a webhook that this version renders')
      )
  ]
}

function missing({ side, installed }: CompareFacts, expected: JsonObject): Finding {
  const name = nameOf(installed[0])
  const kind =
    side === 'mutating' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration'
  const short = shortName(textAt(expected, 'name'))
  const message = `${short} never asks: ${name} has no webhook ${textAt(expected, 'name')}`
  const command = `kubectl get ${kind.toLowerCase()} ${name} -o yaml`
  return finding('EntryMissing', { kind, name }, message, command)
}

const verbs: Readonly<Record<Difference['effect'], string>> = {
  never: 'never asks',
  less: 'asks about less',
  more: 'asks about more',
  known: 'asks as it should'
}

function compareEntry(
  expected: JsonObject,
  entry: WebhookEntry,
  facts: CompareFacts
): readonly Finding[] {
  const { webhook } = entry
  const differences = [
    ...compareMatch(expected, webhook, facts),
    ...compareConditions(listAt(expected, 'matchConditions'), listAt(webhook, 'matchConditions'))
  ]
  const short = shortName(entry.name)
  const say = (reason: VerifyReason, what: string): Finding =>
    aboutEntry(facts.side, { ...entry, name: short }, reason, what)
  return [
    ...differences.map(({ effect, what }) =>
      say(reasonOf(effect, onlyWarns(expected)), `${verbs[effect]}: ${what}`)
    ),
    ...misdirected(expected, webhook).map((what) => say('CallMisdirected', what)),
    ...failing(expected, webhook, facts.side).map(([reason, what]) => say(reason, what)),
    ...otherTimeout(expected, webhook).map((what) => say('TimeoutChanged', what)),
    ...judgeCall(facts.side, { ...entry, name: short }, facts)
  ]
}

function reasonOf(effect: Difference['effect'], warns: boolean): VerifyReason {
  if (effect === 'known') return 'KnownAddition'
  if (effect === 'more') return 'EntryWidened'
  return warns ? 'WarningNarrowed' : 'EntryNarrowed'
}

/** Longer, and a replica that hangs holds up every request; shorter, and calls fail that would have been answered. */
function otherTimeout(expected: JsonObject, webhook: JsonObject): readonly string[] {
  const wanted = numberAt(expected, 'timeoutSeconds')
  const found = numberAt(webhook, 'timeoutSeconds') || 10
  if (wanted === 0 || wanted === found) return []
  const effect =
    found > wanted
      ? 'a replica that hangs holds up requests for longer'
      : 'a slow answer counts as none sooner'
  return [`has timeoutSeconds ${found}, rendered ${wanted}: ${effect}`]
}

/** Where the API server sends the request, and by which version of AdmissionReview. */
function misdirected(expected: JsonObject, webhook: JsonObject): readonly string[] {
  const place = ({ clientConfig }: JsonObject): string => {
    const url = textAt(clientConfig, 'url')
    if (url !== '') return `URL ${url}`
    const [host, port] = addressOf({ clientConfig })
    return `${host}:${port}${textAt(clientConfig, 'service', 'path') || '/'}`
  }
  const [wanted, found] = [place(expected), place(webhook)]
  const versions = textsAt(webhook, 'admissionReviewVersions')
  return [
    ...(wanted === found
      ? []
      : [`asks in the wrong place: it is sent to ${found}, not to ${wanted}`]),
    ...(versions.length === 0 || versions.includes('v1')
      ? []
      : [`cannot be answered: admissionReviewVersions lacks v1`])
  ]
}

function failing(
  expected: JsonObject,
  webhook: JsonObject,
  side: Side
): readonly (readonly [VerifyReason, string])[] {
  const policy = textAt(webhook, 'failurePolicy') || 'Fail'
  const found: (readonly [VerifyReason, string])[] = []
  if (onlyWarns(expected)) {
    if (policy === 'Fail') {
      found.push([
        'WarningFailsClosed',
        'has failurePolicy Fail: an outage refuses what it only warns about'
      ])
    }
  } else if (policy === 'Ignore') {
    found.push(
      side === 'mutating'
        ? [
            'InjectionFailsOpen',
            'has failurePolicy Ignore: pods created during an outage are missed'
          ]
        : ['GuardFailsOpen', 'has failurePolicy Ignore: an outage lets everything through']
    )
  }
  return found
}
