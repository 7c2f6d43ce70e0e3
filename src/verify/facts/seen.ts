import type { Answer, Get } from '../../cluster/api.ts'
import { type Collector, type ListRequest, list } from '../../cluster/list.ts'
import { textAt } from '../../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../../kubernetes/json.ts'
import type { Seen } from '../check.ts'

/** Changes a fact that was seen. */
export function mapSeen<T, U>(seen: Seen<T>, change: (value: T) => U): Seen<U> {
  return seen.kind === 'seen' ? { kind: 'seen', value: change(seen.value) } : seen
}

/** A refusal as a fact that was not seen, in the API server's own words. */
export function refused(answer: Answer, resource: string, verb: string): Seen<never> {
  const why = textAt(answer.body, 'message') || `the API server answered ${answer.status}`
  return { kind: 'notSeen', notSeen: { resource, verb, why } }
}

/** Reads one object; absent where there is none. */
export async function getOne(
  get: Get,
  path: string,
  resource: string
): Promise<Seen<JsonObject | undefined>> {
  const answer = await get(path)
  if (answer.status === 404) return { kind: 'seen', value: undefined }
  if (answer.status !== 200 || !isObject(answer.body)) return refused(answer, resource, 'get')
  return { kind: 'seen', value: answer.body }
}

/** Reads a collection into a collector. */
export async function seenList<T>(
  get: Get,
  request: ListRequest,
  resource: string,
  start: () => Collector<T>
): Promise<Seen<T>> {
  const listed = await list(get, request, start)
  if (listed.kind === 'refused') return refused(listed.answer, resource, 'list')
  return { kind: 'seen', value: listed.value }
}

/** Keeps of every object what `pick` makes of it, so that a large list leaves little behind. */
export function listSome<T>(
  get: Get,
  request: ListRequest,
  resource: string,
  pick: (object: JsonObject) => T | undefined
): Promise<Seen<readonly T[]>> {
  return seenList(get, request, resource, () => {
    const kept: T[] = []
    return {
      add: (item) => {
        const picked = isObject(item) ? pick(item) : undefined
        if (picked !== undefined) kept.push(picked)
      },
      result: () => kept
    }
  })
}
