import { equalJson, type JsonObject } from './json.ts'
import { constant, type Operation, pointer } from './operation.ts'

/** A list of the object under edit: its pointer and what it holds; absent lists are made when first needed. */
export interface EditedList<T> {
  readonly path: string
  readonly items: readonly T[]
}

/** One entry that a map of strings of any object is to have, such as metadata.labels. */
export interface MapEntry {
  /** Of the map. */
  readonly path: string
  readonly key: string
  readonly value: string
  /** What puts it into a map that has no such key. */
  readonly add: Operation
  /** What puts it in the place of another value. */
  readonly replace: Operation
}

/** Prepares an entry for any number of objects. */
export function mapEntry(path: string, key: string, value: string): MapEntry {
  const at = { path: pointer(path, key), value }
  const add = constant({ op: 'add', ...at } as const)
  const replace = constant({ op: 'replace', ...at } as const)
  return { path, key, value, add, replace }
}

interface Removal {
  /** Of the list. */
  readonly path: string
  readonly index: number
}

/**
 * The edits of one object, each decided once against the object as it came. Plain data, since ten edits are made for
 * every pod: they become operations once, at the end.
 */
export interface Edits {
  readonly kept: Operation[]
  readonly removed: Removal[]
  /** Lists and maps that were absent, by their pointer. */
  readonly made: Map<string, unknown[] | Record<string, string>>
  /** What had to change, in the order it was found, perhaps more than once. */
  readonly found: string[]
}

/** Starts an empty collection. */
export const collectEdits = (): Edits => ({ kept: [], removed: [], made: new Map(), found: [] })

/** Leaves `wanted` alone among the items that `match`: the first is replaced, later ones go, or it is appended. */
export function leaveOne<T extends JsonObject>(
  edits: Edits,
  list: EditedList<T>,
  match: (item: T) => boolean,
  wanted: T,
  what: string
): void {
  const { path, items } = list
  let first = -1
  for (let index = 0; index < items.length; index++) {
    const item = items[index]
    if (item === undefined || !match(item)) continue
    if (first >= 0) edits.removed.push({ path, index })
    else {
      first = index
      if (equalJson(item, wanted)) continue
      edits.kept.push({ op: 'replace', path: `${path}/${index}`, value: wanted })
    }
    edits.found.push(what)
  }
  if (first >= 0) return
  append(edits, list, wanted)
  edits.found.push(what)
}

function append<T>({ kept, made }: Edits, { path, items }: EditedList<T>, value: T): void {
  if (items.length > 0) {
    kept.push({ op: 'add', path: `${path}/-`, value })
    return
  }
  const fresh = made.get(path)
  if (Array.isArray(fresh)) fresh.push(value)
  else {
    const list: unknown[] = [value]
    made.set(path, list)
    kept.push({ op: 'add', path, value: list })
  }
}

/** Removes every item that matches. */
export function drop<T>(
  edits: Edits,
  { path, items }: EditedList<T>,
  match: (item: T) => boolean,
  what: string
): void {
  for (let index = 0; index < items.length; index++) {
    const item = items[index]
    if (item === undefined || !match(item)) continue
    edits.removed.push({ path, index })
    edits.found.push(what)
  }
}

/** Makes the object at `path` where there is none yet. */
export function ensure({ kept }: Edits, path: string, present: unknown): void {
  if (present === undefined || present === null) kept.push({ op: 'add', path, value: {} })
}

/** Sets one entry of a map as it came; an absent or empty map is made. */
export function setEntry(
  { kept, made }: Edits,
  map: Readonly<Record<string, string>> | null | undefined,
  { path, key, value, add, replace }: MapEntry
): void {
  if (map !== null && map !== undefined && !isEmpty(map)) {
    if (!Object.hasOwn(map, key)) kept.push(add)
    else if (map[key] !== value) kept.push(replace)
    return
  }
  const fresh = made.get(path)
  if (fresh !== undefined && !Array.isArray(fresh)) fresh[key] = value
  else {
    const entries = { [key]: value }
    made.set(path, entries)
    kept.push({ op: 'add', path, value: entries })
  }
}

function isEmpty(entries: object): boolean {
  for (const _key in entries) return false
  return true
}

/** What had to change, in the order it was found; maps of strings do not count. */
export const changes = ({ found }: Edits): readonly string[] => [...new Set(found)]

/** Removals come last, from the deepest list and the highest index, so no operation shifts what another one names. */
export function operationsOf({ kept, removed }: Edits): readonly Operation[] {
  const operations = [...kept]
  const last = removed.toSorted((a, b) => depth(b.path) - depth(a.path) || b.index - a.index)
  for (const { path, index } of last) operations.push({ op: 'remove', path: `${path}/${index}` })
  return operations
}

const depth = (path: string): number => {
  let count = 0
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) count++
  return count
}
