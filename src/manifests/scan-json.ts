import type { Member, TextNode } from './text-node.ts'

/** One JSON value in a text, and the offsets of keys that stand twice in one object. */
export interface JsonScan {
  readonly root: TextNode
  readonly duplicates: readonly number[]
}

/** Deeper than any object of Kubernetes; a recursion down to it is safe. */
const maxDepth = 500

/**
 * Finds where the JSON object or array that starts at `start` ends, and where each of its values stands. Undefined
 * where it is none. Scalars are not checked here: JSON.parse does that.
 */
export function scanJson(text: string, start: number): JsonScan | undefined {
  const duplicates: number[] = []
  const root = scanValue({ text, duplicates }, start, 0)
  return root === undefined || root.form === 'whole' ? undefined : { root, duplicates }
}

interface Scan {
  readonly text: string
  readonly duplicates: number[]
}

function scanValue(scan: Scan, start: number, depth: number): TextNode | undefined {
  const first = scan.text[start]
  if (first === '{' || first === '[') {
    return depth < maxDepth ? scanMembers(scan, start, depth, first === '[') : undefined
  }
  const end = first === '"' ? endOfString(scan.text, start) : endOfToken(scan.text, start)
  return end <= start ? undefined : { start, end, form: 'whole', list: false, members: [] }
}

function scanMembers(
  scan: Scan,
  start: number,
  depth: number,
  list: boolean
): TextNode | undefined {
  const { text } = scan
  const close = list ? ']' : '}'
  const members: Member[] = []
  const keys = new Set<string>()
  let at = skipSpace(text, start + 1)
  if (text[at] === close) return { start, end: at + 1, form: 'flow', list, members }
  for (;;) {
    const member = list
      ? scanItem(scan, at, depth, members.length)
      : scanEntry(scan, at, depth, keys)
    if (member === undefined) return undefined
    members.push(member)
    at = skipSpace(text, member.end)
    if (text[at] === close) return { start, end: at + 1, form: 'flow', list, members }
    if (text[at] !== ',') return undefined
    at = skipSpace(text, at + 1)
  }
}

function scanItem(scan: Scan, start: number, depth: number, index: number): Member | undefined {
  const value = scanValue(scan, start, depth + 1)
  return value && { key: index, start, mark: start, end: value.end, value }
}

function scanEntry(
  scan: Scan,
  start: number,
  depth: number,
  keys: Set<string>
): Member | undefined {
  const { text, duplicates } = scan
  const end = text[start] === '"' ? endOfString(text, start) : -1
  const colon = end < 0 ? -1 : skipSpace(text, end)
  const key = colon > 0 && text[colon] === ':' ? parseString(text.slice(start, end)) : undefined
  if (key === undefined) return undefined
  if (keys.has(key)) duplicates.push(start)
  keys.add(key)
  const value = scanValue(scan, skipSpace(text, colon + 1), depth + 1)
  return value && { key, start, mark: colon + 1, end: value.end, value }
}

function parseString(text: string): string | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Offset behind the closing quote, or -1: a quote counts when an even number of backslashes stands before it. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote > 0; quote = text.indexOf('"', quote + 1)) {
    let before = quote
    while (text[before - 1] === '\\') before--
    if ((quote - before) % 2 === 0) return quote + 1
  }
  return -1
}

function endOfToken(text: string, start: number): number {
  const token = /[\w+.-]*/y
  token.lastIndex = start
  token.test(text)
  return token.lastIndex
}

function skipSpace(text: string, start: number): number {
  const space = /[ \t\r\n]*/y
  space.lastIndex = start
  space.test(text)
  return space.lastIndex
}
