import { guardPath } from '../../guard/guard-mode.ts'
import { injectEntry } from '../../inject/entry.ts'
import { textAt } from '../../kubernetes/fields.ts'
import type { CheckResult } from '../check.ts'
import type { WebhookCalls } from '../facts/calls.ts'
import { type Finding, finding } from '../finding.ts'
import type { WebhookEntry } from '../webhooks/entries.ts'

/** Our webhooks as they are installed, and what the API server that answered counted of them. */
export interface CallFacts {
  readonly entries: readonly WebhookEntry[]
  /** Undefined where that API server has no metrics. */
  readonly calls: readonly WebhookCalls[] | undefined
}

/** What the API server itself counted: calls that got no answer, and what became of the requests. */
export function checkWebhookCalls({ entries, calls }: CallFacts): CheckResult {
  const result = (detail: string, findings: readonly Finding[]): CheckResult => ({
    check: 'webhook-calls',
    detail,
    findings,
    notSeen: []
  })
  if (calls === undefined) return result('this API server shows no metrics', [])
  const total = (field: 'failed' | 'letThrough'): number =>
    calls.reduce((sum, one) => sum + one[field], 0)
  const detail = `since this API server started: ${total('failed')} requests refused and ${total('letThrough')} let through because no replica answered`
  return result(
    detail,
    calls.flatMap((one) => judge(one, entries))
  )
}

/** Which side an entry is of, by its path. */
const kindOf = (path: string): string =>
  path === injectEntry.path ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration'

function judge(
  { name, failed, letThrough }: WebhookCalls,
  entries: readonly WebhookEntry[]
): readonly Finding[] {
  const entry = entries.find((one) => one.name === name)
  if (entry === undefined) return []
  const at = { kind: kindOf(entry.path), name: entry.configuration }
  const namespace = textAt(entry.webhook, 'clientConfig', 'service', 'namespace')
  const command = `kubectl --namespace ${namespace} logs --selector app.kubernetes.io/name=spiffe-webhook --since=24h`
  const onlyWarns = entry.path === guardPath('warn')
  return [
    ...(letThrough > 0 && !onlyWarns
      ? [
          finding(
            'CallsFailedOpen',
            at,
            `${name} got no answer for ${letThrough} requests, which were let through: what they created was not judged`,
            command
          )
        ]
      : []),
    ...(failed > 0
      ? [
          finding(
            'CallsFailed',
            at,
            `${name} got no answer for ${failed} requests, which were refused`,
            command
          )
        ]
      : [])
  ]
}
