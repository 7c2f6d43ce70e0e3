import { type Document, isAlias, LineCounter, parseDocument, visit } from 'yaml'
import type { Source } from './read-sources.ts'

/** One YAML or JSON document of a source, with the very text it came as. */
export interface ManifestDocument {
  readonly file: string
  /** Counted from 0 in its file. */
  readonly index: number
  /** Its own text, from its `---` (if any) up to the next one. */
  readonly text: string
  readonly json: boolean
  readonly node: Document
  /** `file:line:column: what` for each fault; then `value` is undefined. */
  readonly errors: readonly string[]
  readonly value: unknown
  /** Line and column, from 1, of the value under `keys`, or of the nearest parent that is there. */
  readonly locate: (keys: readonly (string | number)[]) => Position
}

/** A place in a file, both counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Anchors may be expanded this often before a document counts as a bomb. */
const maxAliasCount = 100

/**
 * Splits a source into documents and parses each alone, so that a broken one costs no other. Scalars are read as
 * Kubernetes reads them (sigs.k8s.io/yaml: YAML 1.1 booleans, merge keys).
 */
export function readDocuments({ name, text }: Source): readonly ManifestDocument[] {
  let line = 0
  return splitDocuments(text).map((chunk, index) => {
    const document = readDocument(name, index, chunk, line)
    line += chunk.split('\n').length - 1
    return document
  })
}

/** `---` at the start of a line ends a document even inside a block scalar (YAML 1.2, c-forbidden). */
function splitDocuments(text: string): readonly string[] {
  const chunks: string[] = ['']
  for (const line of text.split(/(?<=\n)/)) {
    const last = chunks.length - 1
    if (/^---(\s|$)/.test(line) && !isPrologue(chunks[last] ?? '')) chunks.push(line)
    else chunks[last] = `${chunks[last]}${line}`
  }
  return chunks
}

/** Only comments, directives and blank lines: they belong to the document that follows. */
const isPrologue = (text: string): boolean => /^(\s*([#%][^\n]*)?(\n|$))*$/.test(text)

function readDocument(
  file: string,
  index: number,
  text: string,
  firstLine: number
): ManifestDocument {
  const lineCounter = new LineCounter()
  const node = parseDocument(text, { version: '1.1', merge: true, lineCounter, logLevel: 'silent' })
  const at = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset)
    return { line: firstLine + line, column: col }
  }
  const errors = node.errors.map(({ pos, message }) => {
    const { line, column } = at(pos[0])
    return `${file}:${line}:${column}: ${(message.split('\n')[0] ?? '').replace(/ at line \d+.*$/, '')}`
  })
  const read =
    errors.length > 0 ? { errors, value: undefined } : toValue(node, `${file}:${at(0).line}:1`)
  return {
    file,
    index,
    text,
    json: /^\s*[{[]/.test(text),
    node,
    ...read,
    locate: (keys) => at(offsetOf(node, keys))
  }
}

function toValue(
  node: Document,
  place: string
): { readonly value: unknown; readonly errors: readonly string[] } {
  try {
    return { value: node.toJS({ maxAliasCount }), errors: [] }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { value: undefined, errors: [`${place}: ${why}`] }
  }
}

function offsetOf(document: Document, keys: readonly (string | number)[]): number {
  for (let length = keys.length; length >= 0; length--) {
    const node = document.getIn(keys.slice(0, length), true)
    const range = (node as { range?: readonly number[] | null } | undefined)?.range
    if (range !== undefined && range !== null) return range[0] ?? 0
  }
  return 0
}

/** True where the document uses anchors, so that an edit in one place could show in another. */
export function hasAliases(document: Document): boolean {
  let found = false
  visit(document, {
    Alias: (_, node) => {
      found = isAlias(node)
      return visit.BREAK
    }
  })
  return found
}
