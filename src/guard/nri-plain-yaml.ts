/*
 * The part of YAML in which an NRI annotation may be written. NRI plugins read annotations with Go's
 * sigs.k8s.io/yaml, which differs from every other reader somewhere: in what breaks a line, in aliases as keys, in
 * duplicate keys, in the case of names. Here is what all of them read alike, and nothing else:
 *
 * - printable ASCII, lines that end in \n, comments on a line of their own or after a blank;
 * - one list of maps, each in block or flow form;
 * - the keys source, destination, type and options, each at most once in a map;
 * - scalars of one line: quoted without escapes, or plain ones that begin with a letter or a slash;
 * - at most 256 mounts, more than any pod has: each is judged, and a body must not cost more than it weighs.
 *
 * One pass over the text, without going back.
 */

/** One mount as it is written. */
export interface NriMount {
  readonly source?: string
  readonly destination?: string
  readonly type?: string
  readonly options?: readonly string[]
}

/** The mounts of an annotation, or the line, counted from 1, that is not plain. */
export type PlainMounts =
  | { readonly kind: 'read'; readonly mounts: readonly NriMount[] }
  | { readonly kind: 'unreadable'; readonly line: number }

type Draft = { source?: string; destination?: string; type?: string; options?: string[] }

interface Cursor {
  readonly text: string
  at: number
  /** Blanks before the content of the line that begins at `at`; -1 where there is no more content. */
  indent: number
  /** What may stand between the parts of a flow collection. */
  gap: RegExp
}

/** Mounts of one annotation. */
export const mostMounts = 256

const foreign = /[^\n -~]/
const blanks = / */y
const blanksAndLines = /[ \n]*/y
const dash = /- +/y
const doubleQuoted = /"[ !#-[\]-~]*"/y
const singleQuoted = /'[ -&(-~]*'/y
const plain = /[A-Za-z/][A-Za-z0-9/._=+@%-]*/y
/** Plain words that some version of YAML takes for null or a boolean. */
const notText = /^(?:null|true|false|yes|no|on|off|y|n)$/i
const name = '(?:source|destination|type|options)'
const blockKey = new RegExp(`(?:${name}|"${name}"):(?= |\\n|$)`, 'y')
/** A quoted key in a flow map needs no blank after its colon where the value is not plain: that is JSON. */
const flowKey = new RegExp(`(?:${name}:(?= )|"${name}":(?=[ "'[]))`, 'y')

/** Reads an annotation that lists mounts. */
export function readPlainMounts(text: string): PlainMounts {
  const cursor = { text, at: text.search(foreign), indent: -1, gap: blanks }
  const mounts: Draft[] = []
  if (cursor.at < 0 && readDocument(cursor, mounts)) return { kind: 'read', mounts }
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < cursor.at; at = text.indexOf('\n', at + 1)) {
    line += 1
  }
  return { kind: 'unreadable', line }
}

function readDocument(cursor: Cursor, mounts: Draft[]): boolean {
  cursor.at = 0
  findContent(cursor)
  if (cursor.text[cursor.at] !== '[') return readBlockList(cursor, mounts)
  cursor.gap = blanksAndLines
  const isList = readFlow(cursor, '[', ']', () => readFlowMap(cursor, mounts))
  return isList && endLine(cursor) && cursor.indent < 0
}

function readBlockList(cursor: Cursor, mounts: Draft[]): boolean {
  const { indent } = cursor
  if (indent < 0) return false
  while (cursor.indent === indent) {
    const width = take(cursor, dash)?.length ?? 0
    if (width === 0) return false
    const isMap =
      cursor.text[cursor.at] === '{'
        ? readFlowMap(cursor, mounts) && endLine(cursor)
        : readBlockMap(cursor, indent + width, mounts)
    if (!isMap) return false
  }
  return cursor.indent < 0
}

/** A map whose keys stand in one column, the first of them behind the dash. */
function readBlockMap(cursor: Cursor, column: number, mounts: Draft[]): boolean {
  const mount: Draft = {}
  if (mounts.push(mount) > mostMounts) return false
  do {
    const key = readKey(cursor, blockKey, mount)
    if (key === undefined) return false
    if (key === 'options' && endLine(cursor)) {
      mount.options = []
      if (!readBlockOptions(cursor, column, mount.options)) return false
    } else if (!(readValue(cursor, key, mount) && endLine(cursor))) return false
  } while (cursor.indent === column)
  return true
}

/** The list under `options:`, none of whose dashes stands before the key. */
function readBlockOptions(cursor: Cursor, column: number, options: string[]): boolean {
  const { indent } = cursor
  while (cursor.indent === indent && indent >= column && take(cursor, dash) !== undefined) {
    if (!(readOption(cursor, options) && endLine(cursor))) return false
  }
  return true
}

function readFlowMap(cursor: Cursor, mounts: Draft[]): boolean {
  const mount: Draft = {}
  if (mounts.push(mount) > mostMounts) return false
  return readFlow(cursor, '{', '}', () => {
    const key = readKey(cursor, flowKey, mount)
    return key !== undefined && readValue(cursor, key, mount)
  })
}

function readKey(cursor: Cursor, pattern: RegExp, mount: Draft): keyof Draft | undefined {
  const found = take(cursor, pattern)?.replace(/[":]/g, '') as keyof Draft | undefined
  return found === undefined || found in mount ? undefined : found
}

function readValue(cursor: Cursor, key: keyof Draft, mount: Draft): boolean {
  take(cursor, blanks)
  if (key === 'options') {
    const options: string[] = []
    mount.options = options
    return readFlow(cursor, '[', ']', () => readOption(cursor, options))
  }
  const value = readScalar(cursor)
  if (value !== undefined) mount[key] = value
  return value !== undefined
}

function readOption(cursor: Cursor, options: string[]): boolean {
  const option = readScalar(cursor)
  if (option !== undefined) options.push(option)
  return option !== undefined
}

function readScalar(cursor: Cursor): string | undefined {
  const quoted = take(cursor, doubleQuoted) ?? take(cursor, singleQuoted)
  if (quoted !== undefined) return quoted.slice(1, -1)
  const word = take(cursor, plain)
  return word === undefined || notText.test(word) ? undefined : word
}

/** A flow collection between `open` and `close`; `item` reads one item and says whether it could. */
function readFlow(cursor: Cursor, open: string, close: string, item: () => boolean): boolean {
  if (!skip(cursor, open)) return false
  take(cursor, cursor.gap)
  if (skip(cursor, close)) return true
  do {
    take(cursor, cursor.gap)
    if (!item()) return false
    take(cursor, cursor.gap)
  } while (skip(cursor, ','))
  return skip(cursor, close)
}

/** Ends a line, with a comment after a blank or without, and finds the next content. */
function endLine(cursor: Cursor): boolean {
  const width = take(cursor, blanks)?.length ?? 0
  const next = cursor.text[cursor.at]
  if (next !== undefined && next !== '\n' && !(next === '#' && width > 0)) return false
  nextLine(cursor)
  findContent(cursor)
  return true
}

/** Goes over blank lines and comments to the next content of a line. */
function findContent(cursor: Cursor): void {
  const { text } = cursor
  while (cursor.at < text.length) {
    cursor.indent = take(cursor, blanks)?.length ?? 0
    const next = text[cursor.at]
    if (next !== undefined && next !== '\n' && next !== '#') return
    nextLine(cursor)
  }
  cursor.indent = -1
}

function nextLine(cursor: Cursor): void {
  const end = cursor.text.indexOf('\n', cursor.at)
  cursor.at = end < 0 ? cursor.text.length : end + 1
}

function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at
  const found = pattern.exec(cursor.text)?.[0]
  cursor.at += found?.length ?? 0
  return found
}

function skip(cursor: Cursor, character: string): boolean {
  if (cursor.text[cursor.at] !== character) return false
  cursor.at += 1
  return true
}
