import { isScalar } from 'yaml'
import { parseYaml } from './kubernetes-yaml.ts'

/** The value that was read, which may be null. */
export interface PlainYaml {
  readonly value: unknown
}

/** Thrown where a document is not plain, and caught where it was begun. */
const notPlain = new Error('not plain')

/** Characters that every reader of YAML takes for text: no other line break, no blank but the space, no mark. */
const unusual = /[^\n\t -~\u00a1-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\ud7ff\u{1f000}-\u{1ffff}]/u

const deepest = 100

/**
 * Reads the part of YAML that nearly every manifest is written in: maps and lists by indentation, scalars of one
 * line, `|` and `|-`, short lists and maps in brackets, comments. Undefined for everything else, errors included: the
 * library reads that, ten times slower. What is read here, the library and sigs.k8s.io/yaml read alike (test/properties).
 */
export function readPlainYaml(text: string): PlainYaml | undefined {
  if (unusual.test(text)) return undefined
  try {
    return { value: readRoot({ lines: text.split('\n'), row: -1, column: 0, depth: 0 }) }
  } catch (error) {
    if (error === notPlain) return undefined
    throw error
  }
}

/** Where the reader is: on the first character of `lines[row]` that is not read yet. */
interface Reader {
  readonly lines: readonly string[]
  row: number
  /** -1 behind the last line. */
  column: number
  depth: number
}

function readRoot(reader: Reader): unknown {
  nextLine(reader)
  if (/^---(?: +#.*| *)$/.test(lineOf(reader))) nextLine(reader)
  const { column } = reader
  if (column !== 0) throw notPlain
  const value = readBlock(reader)
  if (reader.column !== -1) throw notPlain
  return value
}

const lineOf = (reader: Reader): string => reader.lines[reader.row] ?? ''

/** Goes to the next line that is neither blank nor a comment. */
function nextLine(reader: Reader): void {
  const { lines } = reader
  for (reader.row += 1; reader.row < lines.length; reader.row += 1) {
    const line = lineOf(reader)
    let column = 0
    while (line.charCodeAt(column) === space) column += 1
    const first = line.charCodeAt(column)
    if (Number.isNaN(first)) continue
    if (first === hash) continue
    if (line.includes('\t') || (column === 0 && /^(?:---|\.\.\.|%)/.test(line) && reader.depth > 0))
      throw notPlain
    reader.column = column
    return
  }
  reader.column = -1
}

const [space, hash, dash] = [0x20, 0x23, 0x2d]

/** True on a `-` before a space or the end of the line. */
function isItem({ lines, row, column }: Reader): boolean {
  const line = lines[row] ?? ''
  if (line.charCodeAt(column) !== dash) return false
  return line.length === column + 1 || line.charCodeAt(column + 1) === space
}

function readBlock(reader: Reader): unknown {
  if (reader.depth >= deepest) throw notPlain
  reader.depth += 1
  const value = isItem(reader) ? readList(reader) : readMap(reader)
  reader.depth -= 1
  return value
}

function readList(reader: Reader): readonly unknown[] {
  const { column } = reader
  const items: unknown[] = []
  while (reader.column === column && isItem(reader)) {
    const line = lineOf(reader)
    let start = column + 1
    while (line.charCodeAt(start) === space) start += 1
    if (start === line.length || line.charCodeAt(start) === hash) {
      nextLine(reader)
      items.push(reader.column > column ? readBlock(reader) : null)
      continue
    }
    reader.column = start
    key.lastIndex = start
    const isBlock = isItem(reader) || key.test(line)
    items.push(isBlock ? readBlock(reader) : readInline(reader, start, column))
  }
  if (reader.column > column) throw notPlain
  return items
}

/** A key that is text to every reader, with its colon. */
const key = /(?:([A-Za-z_$/][\w./$@-]{0,250})|"([^"\\\t]{0,250})"|'([^'\t]{0,250})'):(?= |$)/y

/** Words that are no text in YAML 1.1. */
const word = /^(?:y|n|yes|no|on|off|true|false|null)$/i

function readMap(reader: Reader): Readonly<Record<string, unknown>> {
  const { column } = reader
  const map: Record<string, unknown> = {}
  while (reader.column === column) {
    key.lastIndex = column
    const [written = '', plain, double, single] = key.exec(lineOf(reader)) ?? []
    const name = plain ?? double ?? single
    const isOdd = name === undefined || name === '__proto__' || Object.hasOwn(map, name)
    if (isOdd || (plain !== undefined && word.test(plain))) throw notPlain
    map[name] = readValue(reader, column + written.length, column)
  }
  if (reader.column > column) throw notPlain
  return map
}

/** The value behind a key of a map that stands in `column`. */
function readValue(reader: Reader, from: number, column: number): unknown {
  const line = lineOf(reader)
  let start = from
  while (line.charCodeAt(start) === space) start += 1
  if (start < line.length && line.charCodeAt(start) !== hash) {
    return readInline(reader, start, column)
  }
  nextLine(reader)
  const isBelow = reader.column > column || (reader.column === column && isItem(reader))
  return isBelow ? readBlock(reader) : null
}

/** What stands on the rest of the line, and for `|` below it; then goes to the next line. */
function readInline(reader: Reader, start: number, column: number): unknown {
  const rest = lineOf(reader).slice(start)
  const literal = /^\|(-?) *$/.exec(rest)
  if (literal !== null) return readLiteral(reader, column, literal[1] === '-')
  const value = scalarIn(rest)
  nextLine(reader)
  return value
}

const quoted = /^(?:"((?:[^"\\]|\\["\\nt])*)"|'((?:[^']|'')*)')(?: +#.*| *)$/
const bracketed = /^(?:\[ *(.*?) *\]|\{ *(.*?) *\})(?: +#.*| *)$/

function scalarIn(rest: string): unknown {
  const first = rest[0] ?? ''
  if (first === '"' || first === "'") {
    const [, double, single] = quoted.exec(rest) ?? []
    if (double !== undefined) return double.includes('\\') ? JSON.parse(`"${double}"`) : double
    if (single === undefined) throw notPlain
    return single.replaceAll("''", "'")
  }
  if (first === '[' || first === '{') return readBrackets(rest)
  const comment = rest.indexOf(' #')
  const plain = (comment < 0 ? rest : rest.slice(0, comment)).replace(/ +$/, '')
  if (/^[-:](?: |$)|^[?,[\]{}#&*!|>'"%@`=<]|: |:$/.test(plain)) throw notPlain
  return resolve(plain)
}

/** A list or map in brackets, of scalars alone that hold nothing with a meaning in brackets. */
function readBrackets(rest: string): unknown {
  const [, list, map] = bracketed.exec(rest) ?? []
  if (list !== undefined) return list === '' ? [] : list.split(/ *, */).map(inBrackets)
  if (map === undefined) throw notPlain
  const value: Record<string, unknown> = {}
  for (const pair of map === '' ? [] : map.split(/ *, */)) {
    key.lastIndex = 0
    const [written = '', name = ''] = key.exec(pair) ?? []
    if (name === '' || name === '__proto__' || word.test(name) || Object.hasOwn(value, name))
      throw notPlain
    value[name] = inBrackets(pair.slice(written.length).replace(/^ +/, ''))
  }
  return value
}

function inBrackets(text: string): unknown {
  if (/^"[^"\\,[\]{}#]*"$|^'[^',[\]{}#]*'$/.test(text)) return text.slice(1, -1)
  if (!/^[A-Za-z0-9_./][\w./+-]*$/.test(text)) throw notPlain
  return resolve(text)
}

/** What a scalar without quotes stands for. */
function resolve(text: string): unknown {
  if (/^[A-Za-z_/]/.test(text) && !word.test(text)) return text
  if (/^(?:0|[1-9][0-9]{0,14})$/.test(text)) return Number(text)
  return known(text)
}

/** Scalars that the library has read: such as `100m` and `true`, each again and again. */
const seen = new Map<string, unknown>()
const mostSeen = 2000

function known(text: string): unknown {
  if (seen.has(text)) return seen.get(text)
  const { contents, errors } = parseYaml(text)
  if (errors.length > 0 || !isScalar(contents) || contents.source !== text) throw notPlain
  const { value } = contents
  // JSON has no infinity, so kubectl refuses it; and it takes 0b-1 and -_1 for numbers.
  const isInfinite = typeof value === 'number' && !Number.isFinite(value)
  if (isInfinite || /^0b[-+]|^[-+.]+_/.test(text)) throw notPlain
  if (seen.size >= mostSeen) seen.clear()
  seen.set(text, value)
  return value
}

/** The lines below `|`, less their indent; trailing blank lines count as one, behind `|-` as none. */
function readLiteral(reader: Reader, column: number, strip: boolean): string {
  const { lines } = reader
  let row = reader.row + 1
  while (lines[row] === '') row += 1
  const indent = indentOf(lines[row])
  if (indent <= column || indent === lines[row]?.length || lines[row]?.[indent] === '\t') {
    throw notPlain
  }
  const content = lines.slice(reader.row + 1, row)
  const margin = ' '.repeat(indent)
  for (; row < lines.length; row += 1) {
    const line = lines[row] ?? ''
    if (!line.startsWith(margin) && !blank.test(line)) break
    content.push(line.slice(indent))
  }
  while (content.at(-1) === '') content.pop()
  if (row === lines.length && lines.at(-1) !== '') throw notPlain
  // Blanks alone at the end, and a comment that is deeper than the key, are read in more than one way.
  if (blank.test(content.at(-1) ?? '') || indentOf(lines[row]) > column) throw notPlain
  reader.row = row - 1
  nextLine(reader)
  return `${content.join('\n')}${strip ? '' : '\n'}`
}

const blank = /^ *$/

const indentOf = (line = ''): number => line.length - line.replace(/^ +/, '').length
