import {
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair
} from 'yaml'
import { keyText } from './kubernetes-yaml.ts'
import type { Member, TextNode } from './text-node.ts'

/** Where the values of a YAML document stand; it must have been parsed with its tokens. */
export function yamlTree(document: Document.Parsed, text: string): TextNode | undefined {
  const { contents } = document
  return contents === null ? undefined : nodeOf(contents, text, contents.range[0])
}

/** `mark` is where the value would stand if it is empty. */
function nodeOf(node: unknown, text: string, mark: number): TextNode {
  if (isAlias(node)) return { ...whole(node, text, mark), alias: true }
  if (isMap(node)) return mapOf(node.items, node, text, mark)
  if (isSeq(node)) return listOf(node.items, node, text, mark)
  return isScalar(node) ? whole(node, text, mark) : { ...nothing, start: mark, end: mark }
}

const nothing = { form: 'whole', list: false, members: [] } as const

/** The text of a node as one piece, without the line ends that a block scalar takes with it. */
function whole(node: Pick<Node, 'range'>, text: string, mark: number): TextNode {
  const [start = mark, valueEnd = mark] = node.range ?? []
  const end = start + text.slice(start, valueEnd).trimEnd().length
  return end === start ? { ...nothing, start: mark, end: mark } : { ...nothing, start, end }
}

function mapOf(items: readonly Pair[], node: Node, text: string, mark: number): TextNode {
  if (items.some(({ key }) => keyText(key) === '<<')) {
    return { ...whole(node, text, mark), alias: true }
  }
  const tokens = sourceItems(node).filter(({ key, sep }) => key !== undefined || sep !== undefined)
  const members = items.map((pair, index) => entryOf(pair, tokens[index], text))
  return container(node, members, { list: false, text, mark })
}

function entryOf(
  { key, value }: Pair,
  token: CST.CollectionItem | undefined,
  text: string
): Member | undefined {
  const colon = token?.sep?.find(({ type }) => type === 'map-value-ind')
  const explicit = token?.start.some(({ type }) => type === 'explicit-key-ind')
  if (!isScalar(key) || !key.range || colon === undefined || explicit) return undefined
  const mark = colon.offset + 1
  const inner = nodeOf(value, text, mark)
  return { key: keyText(key), start: key.range[0], mark, end: inner.end, value: inner }
}

function listOf(items: readonly unknown[], node: Node, text: string, mark: number): TextNode {
  const block = node.srcToken?.type === 'block-seq'
  const dashes = sourceItems(node).flatMap(({ start }) =>
    start.filter(({ type }) => type === 'seq-item-ind')
  )
  const members = items.map((item, index): Member | undefined => {
    if (!block) {
      const inner = nodeOf(item, text, 0)
      // A pair without braces, or nothing at all, has no text of its own.
      const plain = isMap(item) ? item.srcToken?.type === 'flow-collection' : inner.end > 0
      return plain
        ? { key: index, start: inner.start, mark: inner.start, end: inner.end, value: inner }
        : undefined
    }
    const dash = dashes[index]
    if (dash === undefined) return undefined
    const inner = nodeOf(item, text, dash.offset + 1)
    return { key: index, start: dash.offset, mark: dash.offset + 1, end: inner.end, value: inner }
  })
  return container(node, members, { list: true, text, mark })
}

/** A container whose members can be edited one by one; else one piece. */
function container(
  node: Node,
  members: readonly (Member | undefined)[],
  { list, text, mark }: { readonly list: boolean; readonly text: string; readonly mark: number }
): TextNode {
  const known = members.filter((member) => member !== undefined)
  const last = known.at(-1)
  const flow = node.srcToken?.type === 'flow-collection'
  if (known.length < members.length) return whole(node, text, mark)
  if (flow) return { ...whole(node, text, mark), form: 'flow', list, members: known }
  return last === undefined
    ? whole(node, text, mark)
    : { start: known[0]?.start ?? mark, end: last.end, form: 'block', list, members: known }
}

const sourceItems = ({ srcToken }: Node): readonly CST.CollectionItem[] =>
  srcToken !== undefined && 'items' in srcToken ? srcToken.items : []
