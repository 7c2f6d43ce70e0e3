import { valueAt } from '../kubernetes/fields.ts'
import { isObject } from '../kubernetes/json.ts'
import type { Answer, Get } from './api.ts'

/** Takes the items of a list one by one, so that no more than one page is held. */
export interface Collector<T> {
  readonly add: (item: unknown) => void
  readonly result: () => T
}

/** What was read, or the answer that stopped it: 403 and the like. */
export type Listed<T> =
  | { readonly kind: 'listed'; readonly value: T }
  | { readonly kind: 'refused'; readonly answer: Answer }

/** A collection of the API. */
export interface ListRequest {
  /** As in `/api/v1/pods`. */
  readonly path: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Called after every page with the number of items so far. */
  readonly progress?: (items: number) => void
}

const pageSize = 500
const restarts = 3

/**
 * Reads a collection page by page. Where etcd has compacted the version that was read (410 Expired), the API server
 * hands out a token that goes on behind the last item at the newest version; without one, reading starts anew
 * with a fresh collector.
 */
export async function list<T>(
  get: Get,
  request: ListRequest,
  start: () => Collector<T>
): Promise<Listed<T>> {
  let reading = counted(start)
  let token = ''
  let expired = 0
  for (;;) {
    const answer = await get(pagePath(request, token))
    token = continueOf(answer.body)
    if (answer.status === 410 && expired < restarts) {
      expired += 1
      if (token === '') reading = counted(start)
      continue
    }
    if (answer.status !== 200) return { kind: 'refused', answer }
    const items = reading.addPage(answer.body)
    request.progress?.(items)
    if (token === '') return { kind: 'listed', value: reading.result() }
  }
}

interface Reading<T> {
  /** Answers how many items there were so far. */
  readonly addPage: (body: unknown) => number
  readonly result: () => T
}

function counted<T>(start: () => Collector<T>): Reading<T> {
  const { add, result } = start()
  let items = 0
  return {
    addPage: (body) => {
      const page = valueAt(body, ['items'])
      if (Array.isArray(page)) for (const item of page) add(item)
      items += Array.isArray(page) ? page.length : 0
      return items
    },
    result
  }
}

function continueOf(body: unknown): string {
  const token = isObject(body) ? valueAt(body, ['metadata', 'continue']) : undefined
  return typeof token === 'string' ? token : ''
}

function pagePath({ path, labelSelector, fieldSelector }: ListRequest, token: string): string {
  const query = new URLSearchParams({ limit: String(pageSize) })
  if (labelSelector !== undefined) query.set('labelSelector', labelSelector)
  if (fieldSelector !== undefined) query.set('fieldSelector', fieldSelector)
  if (token !== '') query.set('continue', token)
  return `${path}?${query.toString()}`
}
