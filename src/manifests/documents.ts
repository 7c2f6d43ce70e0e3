import { LineCounter } from 'yaml'
import { type JsonPiece, jsonOffsets, readJson } from './json.ts'
import { type Fault, findFaults, parseYaml, yamlOffsets } from './kubernetes-yaml.ts'
import type { Source } from './read-sources.ts'
import { splitDocuments } from './split-and-join.ts'

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

/** Splits a source into documents and reads each alone, so that a broken one costs no other. */
export function readDocuments({
  name,
  text
}: Pick<Source, 'name' | 'text'>): readonly ManifestDocument[] {
  const lines = lineCounter(text)
  let offset = 0
  return splitDocuments(text)
    .flatMap((piece) => readJson(piece)?.map(asJson) ?? [readYaml(piece)])
    .map((read, index) => {
      const start = offset
      offset += read.text.length
      return documentOf(name, index, read, (local) => lines(start + local))
    })
}

type Read = JsonPiece & Pick<ManifestDocument, 'format'>

const asJson = (piece: JsonPiece): Read => ({ ...piece, format: 'json' })

function readYaml(text: string): Read {
  const document = parseYaml(text)
  const faults = findFaults(document, text)
  if (faults.length > 0) return { format: 'yaml', text, value: undefined, faults }
  try {
    // No limit here: findFaults has measured the aliases.
    return { format: 'yaml', text, value: document.toJS({ maxAliasCount: -1 }), faults }
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    return { format: 'yaml', text, value: undefined, faults: [{ offset: 0, what }] }
  }
}

function documentOf(
  file: string,
  index: number,
  { text, format, value, faults }: Read,
  at: (offset: number) => Position
): ManifestDocument {
  const offsetsOf = format === 'json' ? jsonOffsets : yamlOffsets
  let offsets: ReturnType<typeof offsetsOf> | undefined
  return {
    file,
    index,
    text,
    format,
    value,
    errors: sentences(file, faults, at),
    locate: (keys) => {
      offsets ??= offsetsOf(text)
      return at(offsets(keys))
    }
  }
}

/** Faults reported for one document: those that follow are mostly echoes of the first. */
const reported = 3

function sentences(
  file: string,
  faults: readonly Fault[],
  at: (offset: number) => Position
): readonly string[] {
  const first = faults.slice(0, reported).map(({ offset, what }) => {
    const { line, column } = at(offset)
    return `${file}:${line}:${column}: ${what}`
  })
  const more = faults.length - first.length
  return more > 0 ? [...first, `${file}: and ${more} more`] : first
}

/** Finds line and column of an offset; the lines are counted when first asked for. */
function lineCounter(text: string): (offset: number) => Position {
  let counter: LineCounter | undefined
  return (offset) => {
    if (counter === undefined) {
      counter = new LineCounter()
      counter.addNewLine(0)
      for (const { index } of text.matchAll(/\n/g)) counter.addNewLine(index + 1)
    }
    const { line, col } = counter.linePos(offset)
    return { line, column: col }
  }
}
