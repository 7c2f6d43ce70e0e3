import { equalJson, type JsonObject } from './json.ts'
import { type Operation, pointer } from './operation.ts'

/** A list of the object under edit: its pointer and what it holds; absent lists are made when first needed. */
export interface EditedList<T> {
  readonly path: string
  readonly items: readonly T[]
}

/**
 * Collects the edits of one object as RFC 6902 operations, each decided once against the object as it came.
 * Removals come last, from the deepest list and the highest index, so no operation shifts what another one names.
 */
export interface Edits {
  /** Leaves `wanted` alone among the items that `match`: the first is replaced, later ones go, or it is appended. */
  readonly leaveOne: <T extends JsonObject>(
    list: EditedList<T>,
    match: (item: T) => boolean,
    wanted: T,
    what: string
  ) => void
  /** Removes every item that matches; answers how many. */
  readonly drop: <T>(list: EditedList<T>, match: (item: T) => boolean, what: string) => number
  /** Makes the object at `path` where there is none yet. */
  readonly ensure: (path: string, present: unknown) => void
  /** Sets one key of a map of strings, such as metadata.labels; an absent map is made. */
  readonly set: (
    path: string,
    map: Readonly<Record<string, string>>,
    key: string,
    value: string
  ) => void
  /** What had to change, in the order it was found; maps of strings do not count. */
  readonly changes: () => readonly string[]
  readonly operations: () => readonly Operation[]
}

const depth = (path: string): number => {
  let count = 0
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) count++
  return count
}

/** Starts an empty collection. */
export function collectEdits(): Edits {
  const kept: Operation[] = []
  const removed: { readonly path: string; readonly index: number }[] = []
  const made = new Map<string, unknown[] | Record<string, string>>()
  const whats = new Set<string>()

  const append = <T>(list: EditedList<T>, value: T): void => {
    const fresh = made.get(list.path)
    if (Array.isArray(fresh)) fresh.push(value)
    else if (list.items.length > 0) kept.push({ op: 'add', path: `${list.path}/-`, value })
    else {
      const items: unknown[] = [value]
      made.set(list.path, items)
      kept.push({ op: 'add', path: list.path, value: items })
    }
  }

  const drop: Edits['drop'] = ({ path, items }, match, what) => {
    let count = 0
    for (let index = 0; index < items.length; index++) {
      const item = items[index]
      if (item === undefined || !match(item)) continue
      removed.push({ path, index })
      count += 1
    }
    if (count > 0) whats.add(what)
    return count
  }

  /** One walk over the list: this runs some ten times for a pod. */
  const leaveOne: Edits['leaveOne'] = (list, match, wanted, what) => {
    let found = -1
    for (let index = 0; index < list.items.length; index++) {
      const item = list.items[index]
      if (item === undefined || !match(item)) continue
      if (found >= 0) removed.push({ path: list.path, index })
      else {
        found = index
        if (equalJson(item, wanted)) continue
        kept.push({ op: 'replace', path: pointer(list.path, index), value: wanted })
      }
      whats.add(what)
    }
    if (found >= 0) return
    append(list, wanted)
    whats.add(what)
  }

  return {
    drop,
    ensure: (path, present) => {
      if (present === undefined || present === null) kept.push({ op: 'add', path, value: {} })
    },
    leaveOne,
    set: (path, map, key, value) => {
      const fresh = made.get(path)
      if (Object.hasOwn(map, key) && map[key] === value) return
      if (fresh !== undefined && !Array.isArray(fresh)) fresh[key] = value
      else if (Object.keys(map).length > 0) {
        kept.push({
          op: Object.hasOwn(map, key) ? 'replace' : 'add',
          path: pointer(path, key),
          value
        })
      } else {
        const entries = { [key]: value }
        made.set(path, entries)
        kept.push({ op: 'add', path, value: entries })
      }
    },
    changes: () => [...whats],
    operations: () => [
      ...kept,
      ...removed
        .toSorted((a, b) => depth(b.path) - depth(a.path) || b.index - a.index)
        .map(({ path, index }): Operation => ({ op: 'remove', path: pointer(path, index) }))
    ]
  }
}
