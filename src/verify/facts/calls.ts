import type { Get } from '../../cluster/api.ts'
import type { Seen } from '../check.ts'
import { refused } from './seen.ts'

/** What one API server counted of calls to one webhook since it started. */
export interface WebhookCalls {
  readonly name: string
  /** Requests that were refused because no answer came. */
  readonly failed: number
  /** Requests that were let through because no answer came. */
  readonly letThrough: number
}

/** Counters of kube-apiserver (apiserver pkg/admission/metrics). */
const counters = {
  apiserver_admission_webhook_rejection_count: 'failed',
  apiserver_admission_webhook_fail_open_count: 'letThrough'
} as const

/** `name{labels} value`, as Prometheus' text format has it. */
const line = /^(\w+)\{([^}]*)\} (\d\S*)/

/** Reads the counters of our webhooks; undefined in `value` where this API server has no metrics. */
export async function readCalls(
  get: Get,
  names: readonly string[]
): Promise<Seen<readonly WebhookCalls[] | undefined>> {
  const answer = await get('/metrics')
  if (answer.status === 401 || answer.status === 403) return refused(answer, '/metrics', 'get')
  if (answer.status !== 200 || typeof answer.body !== 'string') {
    return { kind: 'seen', value: undefined }
  }
  return { kind: 'seen', value: countCalls(answer.body, names) }
}

/** Adds up the counters of these webhooks; refusals that a webhook decided itself are no failures. */
export function countCalls(text: string, names: readonly string[]): readonly WebhookCalls[] {
  const counts = new Map(names.map((name) => [name, { name, failed: 0, letThrough: 0 }]))
  for (const one of text.split('\n')) {
    if (!one.startsWith('apiserver_admission_webhook_')) continue
    const [, metric = '', labels = '', value = ''] = line.exec(one) ?? []
    const field = Object.hasOwn(counters, metric)
      ? counters[metric as keyof typeof counters]
      : undefined
    const count = counts.get(/\bname="([^"]*)"/.exec(labels)?.[1] ?? '')
    if (field === undefined || count === undefined || labels.includes('error_type="no_error"'))
      continue
    count[field] += Number(value)
  }
  return [...counts.values()]
}
