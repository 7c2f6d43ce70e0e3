import { equalJson, isObject } from '../kubernetes/json.ts'

/** How the members of one container became those of another; indexes and keys of both. */
export interface Alignment {
  readonly kept: readonly { readonly before: number; readonly after: string | number }[]
  readonly removed: readonly number[]
  /** Keys or indexes of `after`; all of them stand behind the last kept one. */
  readonly added: readonly (string | number)[]
}

/** Finds the members that stayed, went and came. Undefined where none stayed, or the type is another. */
export function align(
  keys: readonly (string | number)[],
  before: unknown,
  after: unknown
): Alignment | undefined {
  const alignment =
    Array.isArray(before) && Array.isArray(after)
      ? alignLists(before, after)
      : isObject(before) && isObject(after)
        ? alignMaps(keys, after)
        : undefined
  return alignment === undefined || alignment.kept.length === 0 ? undefined : alignment
}

function alignMaps(keys: readonly (string | number)[], after: object): Alignment {
  const names = new Set(keys.map(String))
  const kept: { before: number; after: string }[] = []
  const removed: number[] = []
  for (const [before, key] of keys.entries()) {
    if (Object.hasOwn(after, key)) kept.push({ before, after: String(key) })
    else removed.push(before)
  }
  return { kept, removed, added: Object.keys(after).filter((key) => !names.has(key)) }
}

/** Something that came in the middle takes what follows it along: that is written anew. */
function alignLists(before: readonly unknown[], after: readonly unknown[]): Alignment {
  const isSame = before.length === after.length ? isCounterpart : isSameItem
  const kept: { before: number; after: number }[] = []
  const removed: number[] = []
  let next = 0
  for (const [index, item] of before.entries()) {
    if (next < after.length && isSame(item, after[next])) {
      kept.push({ before: index, after: next })
      next += 1
    } else removed.push(index)
  }
  const added = after.slice(next).map((_, index) => next + index)
  return { kept, removed, added }
}

/** Items of Kubernetes' lists are known by their name (patchMergeKey of core/v1 types). */
const isSameItem = (before: unknown, after: unknown): boolean =>
  nameOf(before) === undefined ? equalJson(before, after) : nameOf(before) === nameOf(after)

/** In a list that has kept its length, items without a name, such as those of a List, are known by their place. */
const isCounterpart = (before: unknown, after: unknown): boolean => nameOf(before) === nameOf(after)

const nameOf = (item: unknown): string | undefined =>
  isObject(item) && typeof item.name === 'string' ? item.name : undefined
