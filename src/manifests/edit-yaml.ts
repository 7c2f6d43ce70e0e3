import { applyPatch, structuredPatch } from 'diff'
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  type ToStringOptions,
  visit,
  type YAMLMap,
  type YAMLSeq
} from 'yaml'
import { equalJson, isObject } from '../kubernetes/json.ts'
import { keyText, parseYaml } from './kubernetes-yaml.ts'

/** An edited text, and whether its aliases were written in full. */
export interface EditedYaml {
  readonly text: string
  readonly aliases: boolean
}

/** Lines that may differ before the whole document is printed as the library prints it. */
const maxEditLength = 1500

/**
 * The texts that may say `after` instead of `before`, the one nearest to the old text first: with its aliases, then,
 * if it has any, without them.
 */
export function* editYaml(text: string, before: unknown, after: unknown): Generator<EditedYaml> {
  const unix = text.replaceAll('\r\n', '\n')
  const written = (edited: string, aliases: boolean): EditedYaml => ({
    text: text === unix ? edited : edited.replaceAll('\n', '\r\n'),
    aliases
  })
  for (const aliases of [false, true]) {
    const tree = parseYaml(unix)
    if (aliases && !writeOutAliases(tree)) return
    const print = printer(tree, unix)
    const old = print()
    // The tree is the only thing here that changes in place.
    Object.assign(tree, { contents: reconcile(tree, tree.contents, { before, after }) })
    const fresh = print()
    const patched = carryOver(unix, old, fresh)
    if (patched !== undefined) yield written(patched, aliases)
    yield written(fresh, aliases)
  }
}

/** The text with the changes between two prints of it, so that every other line stays as it was written. */
function carryOver(text: string, old: string, fresh: string): string | undefined {
  const patch = structuredPatch('', '', old, fresh, '', '', { maxEditLength })
  const patched = patch !== undefined && applyPatch(text, patch, { compareLine: sameButSpace })
  return patched === false ? undefined : patched
}

/** The library prints one space where somebody wrote three. */
const sameButSpace = (_: number, line: string | undefined, __: string, other: string): boolean =>
  line !== undefined && squeeze(line) === squeeze(other)

const squeeze = (line: string): string => line.replaceAll(/[ \t]+/g, '')

/** Prints in the layout of the text, as far as one layout describes it. */
function printer(tree: Document, text: string): () => string {
  const options: ToStringOptions = {
    lineWidth: 0,
    flowCollectionPadding: /: \{ \S/.test(text),
    ...indents(tree, text)
  }
  const isOpen = !text.endsWith('\n')
  return () => (isOpen ? tree.toString(options).trimEnd() : tree.toString(options))
}

/** The first map in a map and the first list in a map show how far each is indented. */
function indents(tree: Document, text: string): Pick<ToStringOptions, 'indent' | 'indentSeq'> {
  const columnOf = (node: unknown): number => {
    const offset = isNode(node) ? (node.range?.[0] ?? 0) : 0
    return offset - (text.lastIndexOf('\n', offset - 1) + 1)
  }
  let indent: number | undefined
  let indentSeq: boolean | undefined
  visit(tree, {
    Pair: (_, { key, value }) => {
      if (!isCollection(value) || value.flow || value.items.length === 0) return undefined
      const deeper = columnOf(value) - columnOf(key)
      if (isMap(value) && deeper > 0) indent ??= deeper
      if (isSeq(value)) indentSeq ??= deeper > 0
      return indent !== undefined && indentSeq !== undefined ? visit.BREAK : undefined
    }
  })
  return { indent: indent ?? 2, indentSeq: indentSeq ?? false }
}

interface Values {
  readonly before: unknown
  readonly after: unknown
}

/** The node that says `after`: the same one where it can be kept, with all that stands inside it unchanged. */
function reconcile(tree: Document, node: unknown, values: Values): unknown {
  const { before, after } = values
  if (isNode(node) && equalJson(before, after)) return node
  if (isScalar(node) && typeof before === 'string' && typeof after === 'string') {
    node.value = after
    return node
  }
  if (isMap(node) && isObject(before) && isObject(after)) return inMap(tree, node, before, after)
  if (isSeq(node) && Array.isArray(before) && Array.isArray(after)) {
    return inList(tree, node, before, after)
  }
  return withComments(tree.createNode(after), node)
}

function withComments(fresh: Node, node: unknown): Node {
  if (!isNode(node)) return fresh
  const { commentBefore, comment, spaceBefore } = node
  return Object.assign(fresh, { commentBefore, comment, ...(spaceBefore && { spaceBefore }) })
}

function inMap(
  tree: Document,
  map: YAMLMap<unknown, unknown>,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>
): Node {
  const kept = map.items.filter(({ key }) => Object.hasOwn(after, keyText(key)))
  for (const pair of kept) {
    const key = keyText(pair.key)
    pair.value = reconcile(tree, pair.value, { before: before[key], after: after[key] })
  }
  const added = Object.keys(after)
    .filter((key) => !Object.hasOwn(before, key))
    .map((key) => tree.createPair(new Scalar(key), after[key]))
  return withItems(map, [...kept, ...added])
}

function inList(
  tree: Document,
  list: YAMLSeq<unknown>,
  before: readonly unknown[],
  after: readonly unknown[]
): Node {
  const identity = identityIn(before.length === after.length)
  const known = Map.groupBy(before.keys(), (index) => identity(before[index], index))
  const items = after.map((item, index) => {
    const old = known.get(identity(item, index))?.shift()
    return old === undefined
      ? tree.createNode(item)
      : reconcile(tree, list.items[old], { before: before[old], after: item })
  })
  return withItems(list, items)
}

/** Items of Kubernetes' lists are known by their name (patchMergeKey of core/v1 types), others by place or value. */
function identityIn(isSameLength: boolean): (item: unknown, index: number) => string {
  return (item, index) => {
    if (isObject(item) && typeof item.name === 'string') return `name ${item.name}`
    return isSameLength ? `place ${index}` : JSON.stringify(item)
  }
}

/** `[]` and `{}` open up when something comes in. */
function withItems<T extends { items: unknown[]; flow?: boolean }>(node: T, items: T['items']): T {
  if (node.items.length === 0) node.flow = false
  node.items = items
  return node
}

/** Writes each alias and each merge key out, so that a change of one place is none of another. */
function writeOutAliases(tree: Document): boolean {
  const anchors = new Map<string, Node>()
  let found = false
  visit(tree, {
    Alias: (_, alias) => {
      found = true
      const node = anchors.get(alias.source)
      return node === undefined ? undefined : withComments(node.clone() as Node, alias)
    },
    Node: (_, node) => {
      if (!isAlias(node) && 'anchor' in node && node.anchor) anchors.set(node.anchor, node)
    }
  })
  if (!found) return false
  for (const node of anchors.values()) Object.assign(node, { anchor: undefined })
  visit(tree, {
    Map: (_, map) => {
      map.items = withoutMerges(map)
    }
  })
  return true
}

/** A key of the map itself is stronger than a merged one, and the first merged one than the next. */
function withoutMerges(map: YAMLMap): Pair[] {
  const keys = new Set(map.items.map(({ key }) => keyText(key)))
  return map.items.flatMap((pair) => {
    if (keyText(pair.key) !== '<<') return [pair]
    const sources = isSeq(pair.value) ? pair.value.items : [pair.value]
    return sources
      .flatMap((source) => (isMap(source) ? withoutMerges(source) : []))
      .filter(({ key }) => !keys.has(keyText(key)) && keys.add(keyText(key)))
  })
}
