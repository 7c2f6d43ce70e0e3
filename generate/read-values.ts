import { isMap, isScalar, type Node, type Pair, parseDocument } from 'yaml'

/** One key of a values.yaml with what its comment says. */
export interface ChartValue {
  /** As helm's --set takes it, dots inside a key not escaped. */
  readonly path: readonly string[]
  /** Empty for a section: its keys speak for themselves. */
  readonly description: string
  /** The JSON Schema of the `@schema` line, if any. */
  readonly schema: Readonly<Record<string, unknown>>
  readonly value: unknown
  /** The keys below; undefined for a key that is a value as a whole. */
  readonly children?: readonly ChartValue[]
}

/** Reads a values.yaml. A key is described by a comment that opens with `--`; a map without one is a section of keys. */
export function readValues(text: string): readonly ChartValue[] {
  const document = parseDocument(text)
  const { contents } = document
  if (document.errors.length > 0 || !isMap(contents)) throw new Error('values.yaml is not a map')
  return readMap(contents, [])
}

function readMap(
  map: { readonly items: readonly Pair[]; readonly commentBefore?: string | null },
  above: readonly string[]
): readonly ChartValue[] {
  return map.items.map((pair, index) => {
    const key = pair.key as Node
    // yaml gives the comment above the first key of an inner map to the map.
    const comment = key.commentBefore ?? (index === 0 ? map.commentBefore : '')
    return readPair(pair, [...above, isScalar(key) ? String(key.value) : ''], comment ?? '')
  })
}

function readPair(pair: Pair, path: readonly string[], comment: string): ChartValue {
  const node = pair.value as Node
  const value: unknown = JSON.parse(JSON.stringify(node))
  const said = readComment(comment)
  const isSection = isMap(node) && node.items.length > 0 && said.description === ''
  if (isSection) return { path, value, ...said, children: readMap(node, path) }
  if (said.description === '')
    throw new Error(`${path.join('.')} has no comment that opens with --`)
  return { path, value, ...said }
}

/** Only the last paragraph belongs to the key. */
function readComment(comment: string): Pick<ChartValue, 'description' | 'schema'> {
  const paragraph = comment.replace(/^[\s\S]*\n\s*\n/, '')
  const lines = paragraph.split('\n').map((line) => line.trim())
  const marked = lines.find((line) => line.startsWith('@schema '))
  const start = lines.findIndex((line) => line.startsWith('-- '))
  const words = start < 0 ? [] : lines.slice(start).filter((line) => !line.startsWith('@schema '))
  return {
    description: words.join(' ').replace(/^-- /, ''),
    schema: marked === undefined ? {} : parseDocument(marked.replace('@schema ', '')).toJS()
  }
}
