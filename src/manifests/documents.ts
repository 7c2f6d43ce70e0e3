import { findFaults, parseYaml } from './kubernetes-yaml.ts'
import type { Source } from './read-sources.ts'
import { scanJson } from './scan-json.ts'
import { splitDocuments } from './split-documents.ts'
import { offsetOf, type TextNode } from './text-node.ts'
import { yamlTree } from './yaml-tree.ts'

/** One YAML or JSON document of a source, with the very text it came as. */
export interface ManifestDocument {
  readonly file: string
  /** Counted from 0 in its file. */
  readonly index: number
  readonly text: string
  readonly format: 'yaml' | 'json'
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

/** Faults told of one document: those that follow are mostly echoes of the first. */
const told = 3

/** Splits a source into documents and reads each alone, so that a broken one costs no other. */
export function readDocuments({
  name,
  text
}: Pick<Source, 'name' | 'text'>): readonly ManifestDocument[] {
  const positionOf = positions(text)
  let offset = 0
  return splitDocuments(text)
    .flatMap(splitJson)
    .map((piece, index) => {
      const at = offset
      offset += piece.length
      return readDocument(name, index, piece, (local) => positionOf(at + local))
    })
}

function readDocument(
  file: string,
  index: number,
  text: string,
  at: (offset: number) => Position
): ManifestDocument {
  const { format, value, faults } = readJson(text) ?? readYaml(text)
  const sentences = faults.slice(0, told).map(({ offset, what }) => {
    const { line, column } = at(offset)
    return `${file}:${line}:${column}: ${what}`
  })
  const more = faults.length > told ? [`${file}: and ${faults.length - told} more`] : []
  let tree: TextNode | undefined
  const locate: ManifestDocument['locate'] = (keys) => {
    tree ??= readTree({ format, text })
    return at(tree === undefined ? 0 : offsetOf(tree, keys))
  }
  return { file, index, text, format, errors: [...sentences, ...more], value, locate }
}

/** Where the values of a document stand in its text; undefined where it has none. */
export function readTree({
  format,
  text
}: Pick<ManifestDocument, 'format' | 'text'>): TextNode | undefined {
  return format === 'json'
    ? scanJson(text, jsonStart(text))?.root
    : yamlTree(parseYaml(text, true), text)
}

type Read = Pick<ManifestDocument, 'format' | 'value'> & {
  readonly faults: readonly { readonly offset: number; readonly what: string }[]
}

/** Undefined where the text is no JSON: `{a: b}` is YAML. */
function readJson(text: string): Read | undefined {
  const start = jsonStart(text)
  const scan = scanJson(text, start)
  if (scan === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text.slice(start))
    const faults = scan.duplicates.map((offset) => ({ offset, what: 'this key stands twice' }))
    return { format: 'json', value: faults.length > 0 ? undefined : value, faults }
  } catch {
    return undefined
  }
}

function readYaml(text: string): Read {
  const document = parseYaml(text, false)
  const faults = findFaults(document, text)
  if (faults.length > 0) return { format: 'yaml', value: undefined, faults }
  try {
    // No limit here: findFaults has measured the aliases.
    return { format: 'yaml', value: document.toJS({ maxAliasCount: -1 }), faults }
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    return { format: 'yaml', value: undefined, faults: [{ offset: 0, what }] }
  }
}

/** JSON objects may stand one behind the other, as `-o json` prints them. */
function splitJson(text: string): readonly string[] {
  const pieces: string[] = []
  let from = 0
  for (let start = jsonStart(text); start < text.length; ) {
    const end = scanJson(text, start)?.root.end
    if (end === undefined) return [text]
    start = end + (/^\s*/.exec(text.slice(end))?.[0].length ?? 0)
    pieces.push(text.slice(from, start))
    from = start
  }
  return pieces.length === 0 ? [text] : pieces
}

/** White space and `---` may stand before JSON. */
const jsonStart = (text: string): number => /^\s*(---\s+)?/.exec(text)?.[0].length ?? 0

/** Finds line and column of an offset; the lines are counted when first asked for. */
function positions(text: string): (offset: number) => Position {
  let starts: number[] | undefined
  return (offset) => {
    starts ??= [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)]
    let low = 0
    for (let high = starts.length; high - low > 1; ) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}
