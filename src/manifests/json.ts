import {
  applyEdits,
  findNodeAtLocation,
  type JSONPath,
  modify,
  parseTree,
  visit
} from 'jsonc-parser'
import type { ObjectEdit, Operation } from '../kubernetes/operation.ts'
import { type Fault, maxDepth } from './kubernetes-yaml.ts'

/** One JSON object or array of a text, with the white space and the `---` around it. */
export interface JsonPiece {
  readonly text: string
  readonly value: unknown
  readonly faults: readonly Fault[]
}

/** The JSON values of a text, one behind the other as `-o json` prints them; undefined for text that is not JSON. */
export function readJson(text: string): readonly JsonPiece[] | undefined {
  const pieces: JsonPiece[] = []
  let from = 0
  for (let start = jsonStart(text); start < text.length; ) {
    const extent = extentOf(text, start)
    const { end = 0, keys = 0 } = extent ?? {}
    const read = extent && readValue(text.slice(start, end), keys, start - from)
    if (read === undefined) return undefined
    const next = end + (/^\s*/.exec(text.slice(end))?.[0].length ?? 0)
    pieces.push({ ...read, text: text.slice(from, next) })
    start = next
    from = next
  }
  return pieces.length > 0 ? pieces : undefined
}

/** White space and `---` may come before JSON. */
const jsonStart = (text: string): number => /^\s*(---\s+)?/.exec(text)?.[0].length ?? 0

/** Where the object or array that starts at `start` ends, and how many keys are written in it. */
interface Extent {
  readonly end: number
  readonly keys: number
}

/** What a reader must look at between two values: quotes, brackets and the colon behind a key. */
const mark = /["{}[\]:]/g

/** Undefined where it does not end, or is nested so deeply that a recursion over it were not safe. */
function extentOf(text: string, start: number): Extent | undefined {
  if (text[start] !== '{' && text[start] !== '[') return undefined
  let [depth, keys] = [0, 0]
  mark.lastIndex = start
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    const [character] = found
    if (character === '"') mark.lastIndex = endOfString(text, mark.lastIndex)
    else if (character === ':') keys += 1
    else depth += character === '{' || character === '[' ? 1 : -1
    if (depth > maxDepth) return undefined
    if (depth === 0) return { end: mark.lastIndex, keys }
  }
  return undefined
}

/** Behind the quote that ends the string; the end of the text where none does. */
function endOfString(text: string, from: number): number {
  const quote = text.indexOf('"', from)
  if (quote >= 0 && text[quote - 1] !== '\\') return quote + 1
  const part = /"|\\./gs
  part.lastIndex = from
  for (let found = part.exec(text); found !== null; found = part.exec(text)) {
    if (found[0] === '"') return part.lastIndex
  }
  return text.length
}

function readValue(
  text: string,
  keys: number,
  offset: number
): Omit<JsonPiece, 'text'> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (countKeys(value) === keys) return { value, faults: [] }
    const faults = duplicateKeys(text).map((at) => ({ offset: offset + at, what: 'duplicate key' }))
    return { value: faults.length > 0 ? undefined : value, faults }
  } catch {
    return undefined
  }
}

/** Keys of a value at every depth: fewer than are written where one is written twice. */
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const parts: readonly unknown[] = Object.values(value)
  const own = Array.isArray(value) ? 0 : parts.length
  return parts.reduce<number>((sum, part) => sum + countKeys(part), own)
}

function duplicateKeys(text: string): readonly number[] {
  const duplicates: number[] = []
  const open: Set<string>[] = []
  visit(text, {
    onObjectBegin: () => {
      open.push(new Set())
    },
    onObjectProperty: (key, offset) => {
      if (open.at(-1)?.has(key)) duplicates.push(offset)
      open.at(-1)?.add(key)
    },
    onObjectEnd: () => {
      open.pop()
    }
  })
  return duplicates
}

/** Finds the offset of a value by its keys, or of the nearest parent that is there. */
export function jsonOffsets(text: string): (keys: readonly (string | number)[]) => number {
  const start = jsonStart(text)
  const root = parseTree(text.slice(start))
  return (keys) => {
    let node = root
    for (const key of keys) {
      const inner = node && findNodeAtLocation(node, [key])
      if (inner === undefined) break
      node = inner
    }
    return start + (node?.offset ?? 0)
  }
}

/** The text after the edits of its objects, in its own indent; an object of one line stays on one line. */
export function editJson(text: string, edits: readonly ObjectEdit[]): string {
  const start = jsonStart(text)
  const root = parseTree(text.slice(start))
  const pieces: string[] = []
  let cursor = 0
  for (const { keys, operations } of edits) {
    const node = root && findNodeAtLocation(root, [...keys])
    if (node === undefined || operations.length === 0) continue
    const from = start + node.offset
    // Each object by itself: the library reads the whole text again for each operation.
    const object = text.slice(from, from + node.length)
    pieces.push(text.slice(cursor, from), operations.reduce(editObject, object))
    cursor = from + node.length
  }
  return `${pieces.join('')}${text.slice(cursor)}`
}

function editObject(text: string, operation: Operation): string {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1]
  const formattingOptions = indent && {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n'
  }
  const { path, inList } = pathOf(text, operation.path)
  const value = operation.op === 'remove' ? undefined : operation.value
  const isArrayInsertion = inList && operation.op === 'add'
  return applyEdits(
    text,
    modify(text, path, value, { isArrayInsertion, ...(formattingOptions && { formattingOptions }) })
  )
}

/** A pointer as the library wants it: numbers in lists, -1 behind the last item. */
function pathOf(
  text: string,
  pointer: string
): { readonly path: JSONPath; readonly inList: boolean } {
  const path: JSONPath = []
  let inList = false
  let node = parseTree(text)
  for (const escaped of pointer.split('/').slice(1)) {
    const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~')
    inList = node?.type === 'array'
    const isEnd = key === '-' || Number(key) === node?.children?.length
    const segment = inList ? (isEnd ? -1 : Number(key)) : key
    path.push(segment)
    node = node && findNodeAtLocation(node, [segment])
  }
  return { path, inList }
}
