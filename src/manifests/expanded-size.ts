import { isAlias, isCollection, isMap, isNode } from 'yaml'

/** Something wrong with a document, at an offset of its text. */
export interface Fault {
  readonly offset: number
  readonly what: string
}

/** How much larger than its text a document may grow when its aliases are expanded. */
const expansionLimit = 10

/** Deeper than any object of Kubernetes; every recursion over a value down to it is safe. */
const maxDepth = 500

/** What is said of a document that is deeper. */
export const tooDeep = 'nested too deeply'

/**
 * Measures a document with each alias replaced by what it stands for, in time linear in the text, and answers why
 * it cannot be worked on: too deep, too large ("billion laughs"), or an alias without an anchor before it, which
 * may also be one inside its own anchor.
 */
export function findSizeFault(contents: unknown, length: number): Fault | undefined {
  const anchors = new Map<string, number>()
  let fault: Fault | undefined
  const measure = (node: unknown, depth: number): number => {
    if (depth > maxDepth) fault ??= { offset: startOf(node), what: tooDeep }
    if (fault !== undefined) return 0
    if (isAlias(node)) {
      const size = anchors.get(node.source)
      const what = `the alias *${node.source} has no anchor before it`
      if (size === undefined) fault = { offset: startOf(node), what }
      return size ?? 0
    }
    const anchor = anchorOf(node)
    if (anchor !== undefined) anchors.delete(anchor)
    const size = parts(node).reduce<number>((sum, part) => sum + measure(part, depth + 1), 1)
    if (anchor !== undefined) anchors.set(anchor, size)
    return size
  }
  const size = measure(contents, 0)
  if (fault !== undefined) return fault
  if (size <= expansionLimit * (length + 1000)) return undefined
  const what = 'its aliases expand to more than ten times the text: write them out'
  return { offset: 0, what }
}

const startOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0)

function parts(node: unknown): readonly unknown[] {
  if (isMap(node)) return node.items.flatMap(({ key, value }) => [key, value])
  return isCollection(node) ? node.items : []
}

const anchorOf = (node: unknown): string | undefined =>
  isNode(node) && !isAlias(node) && 'anchor' in node && typeof node.anchor === 'string'
    ? node.anchor
    : undefined
