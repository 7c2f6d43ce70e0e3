import {
  applyEdits,
  createScanner,
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
    const end = endOfJson(text, start)
    const read = end === undefined ? undefined : readValue(text.slice(start, end), start - from)
    if (end === undefined || read === undefined) return undefined
    const next = end + (/^\s*/.exec(text.slice(end))?.[0].length ?? 0)
    pieces.push({ ...read, text: text.slice(from, next) })
    start = next
    from = next
  }
  return pieces.length > 0 ? pieces : undefined
}

/** White space and `---` may come before JSON. */
const jsonStart = (text: string): number => /^\s*(---\s+)?/.exec(text)?.[0].length ?? 0

/** Tokens that open and close (jsonc-parser's SyntaxKind, which is a type only). */
const [openBrace, closeBrace, openBracket, closeBracket, endOfFile] = [1, 2, 3, 4, 17]

/** Where the object or array that starts at `start` ends; its depth is bounded, so that a recursion over it is safe. */
function endOfJson(text: string, start: number): number | undefined {
  if (text[start] !== '{' && text[start] !== '[') return undefined
  const scanner = createScanner(text, true)
  scanner.setPosition(start)
  for (let depth = 0; depth <= maxDepth; ) {
    const token: number = scanner.scan()
    if (token === endOfFile) return undefined
    if (token === openBrace || token === openBracket) depth += 1
    if (token === closeBrace || token === closeBracket) depth -= 1
    if (depth === 0) return scanner.getPosition()
  }
  return undefined
}

function readValue(text: string, offset: number): Omit<JsonPiece, 'text'> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const faults = duplicateKeys(text).map((at) => ({ offset: offset + at, what: 'duplicate key' }))
    return { value: faults.length > 0 ? undefined : value, faults }
  } catch {
    return undefined
  }
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
