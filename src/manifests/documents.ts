import { LineCounter } from 'yaml'
import { type JsonPiece, jsonOffsets, readJson } from './json.ts'
import { type Fault, findFaults, parseYaml, yamlOffsets } from './kubernetes-yaml.ts'
import { splitDocuments } from './split-and-join.ts'

/** One YAML or JSON document of a source, with the very text it came as. */
export interface ManifestDocument {
  readonly file: string
  /** Counted from 0 in its file. */
  readonly index: number
  readonly text: string
  /** A byte order mark that came before the text; only at the beginning of a file. */
  readonly mark: '\uFEFF' | ''
  readonly format: 'yaml' | 'json'
  /** `file:line:column: what` for each fault; then `value` is undefined. */
  readonly errors: readonly string[]
  /** True where it cannot be read and looks like a template of Helm. */
  readonly isHelmTemplate: boolean
  readonly value: unknown
  /** Line and column, from 1, of the value under `keys`, or of the nearest parent that is there. */
  readonly locate: (keys: readonly (string | number)[]) => Position
}

/** A place in a file, both counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Splits a text into documents and reads each alone, so that a broken one costs no other. */
export function readDocuments(file: string, text: string): readonly ManifestDocument[] {
  const read = documentReader(file)
  return splitDocuments(text).flatMap((piece) => read(piece))
}

const byteOrderMark = '\uFEFF'

/** Characters that are gathered before the documents among them are read. */
const batch = 1024 * 1024

/** Characters of one document: more is not a manifest, and parsing it would only look like a hang. */
const sizeLimit = 64 * 1024 * 1024

/** Reads the documents of a text that comes in pieces, and holds little more than one of them at a time. */
export async function* streamDocuments(
  file: string,
  texts: AsyncIterable<string>
): AsyncGenerator<ManifestDocument> {
  let read: ReturnType<typeof documentReader> | undefined
  let rest = ''
  let wanted = batch
  for await (const text of texts) {
    if (text === '') continue
    const mark = read === undefined && text.startsWith(byteOrderMark) ? byteOrderMark : ''
    read ??= documentReader(file, mark)
    rest += text.slice(mark.length)
    if (rest.length < wanted) continue
    rest = yield* readWhole(rest, read)
    wanted = Math.min(batch + 2 * bounded(rest).length, sizeLimit)
  }
  read ??= documentReader(file)
  for (const piece of splitDocuments(rest)) yield* read(bounded(piece))
}

/** Reads the documents that are there to their end; answers the rest, which may go on in the next piece. */
function* readWhole(
  text: string,
  read: ReturnType<typeof documentReader>
): Generator<ManifestDocument, string> {
  const pieces = splitDocuments(text)
  const last = pieces.at(-1) ?? ''
  for (const piece of pieces.slice(0, -1)) yield* read(bounded(piece))
  const end = endOfObject(last)
  const json = readJson(last.slice(0, end))
  if (json === undefined) return last
  yield* read(last.slice(0, end), json)
  return last.slice(end)
}

/** Where the last JSON object that another one follows ends, as `-o json` prints them; 0 where there is none. */
function endOfObject(text: string): number {
  const end = text.lastIndexOf('}\n{')
  return end < 0 ? 0 : end + 2
}

function bounded(text: string): string {
  if (text.length <= sizeLimit) return text
  const limit = `${sizeLimit / 1024 / 1024} MiB`
  throw new Error(`a document is larger than ${limit}: split it into smaller ones`)
}

/** Reads the pieces of one file in their order, and counts lines and documents. */
function documentReader(
  file: string,
  mark: ManifestDocument['mark'] = ''
): (piece: string, json?: readonly JsonPiece[]) => readonly ManifestDocument[] {
  let index = 0
  let start: Position = { line: 1, column: 1 }
  return (piece, json = readJson(piece)) =>
    (json?.map(asJson) ?? [readYaml(piece)]).map((read) => {
      const document = documentOf(file, index, read, start)
      start = endOf(read.text, start)
      index += 1
      return { ...document, mark: index === 1 ? mark : '' }
    })
}

function endOf(text: string, start: Position): Position {
  let lines = 0
  let last = -1
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    lines += 1
    last = at
  }
  const column = text.length - last
  return lines === 0
    ? { line: start.line, column: start.column + text.length }
    : { line: start.line + lines, column }
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
  start: Position
): Omit<ManifestDocument, 'mark'> {
  const at = lineCounter(text, start)
  const offsetsOf = format === 'json' ? jsonOffsets : yamlOffsets
  let offsets: ReturnType<typeof offsetsOf> | undefined
  return {
    file,
    index,
    text,
    format,
    value,
    errors: sentences(file, faults, at),
    isHelmTemplate: faults.length > 0 && helmAction.test(text),
    locate: (keys) => {
      offsets ??= offsetsOf(text)
      return at(offsets(keys))
    }
  }
}

/** An action of Helm's templates, such as `{{- if .Values.x }}` (text/template of Go). */
const helmAction =
  /\{\{-?\s*(\.|\$|\/\*|"|(if|range|with|end|else|define|include|template|toYaml|tpl|quote|printf|block)\b)/

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

/** Finds line and column of an offset, the text itself at `start`; the lines are counted when first asked for. */
function lineCounter(text: string, start: Position): (offset: number) => Position {
  let counter: LineCounter | undefined
  return (offset) => {
    if (counter === undefined) {
      counter = new LineCounter()
      counter.addNewLine(0)
      for (const { index } of text.matchAll(/\n/g)) counter.addNewLine(index + 1)
    }
    const { line, col } = counter.linePos(offset)
    return { line: start.line + line - 1, column: line === 1 ? start.column + col - 1 : col }
  }
}
