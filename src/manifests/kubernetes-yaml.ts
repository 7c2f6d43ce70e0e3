import {
  type Document,
  type DocumentOptions,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type ParseOptions,
  parseDocument,
  type SchemaOptions,
  type Tags
} from 'yaml'

/** Something wrong with a document, at an offset of its text. */
export interface Fault {
  readonly offset: number
  readonly what: string
}

/** How much larger than its text a document may grow when its aliases are expanded. */
const expansionLimit = 10

/** Levels: deeper than any object of Kubernetes; every recursion over a value down to it is safe. */
export const maxDepth = 500

/** Reported for a document that is deeper. */
const tooDeep = 'nested too deeply'

/** Types of YAML 1.1 that sigs.k8s.io/yaml does not read: it leaves the text a string. */
const unread = new Set(['timestamp', 'binary', 'omap', 'pairs', 'set'])

/**
 * YAML as Kubernetes reads it (sigs.k8s.io/yaml, goyaml.v2/resolve.go): version 1.1 with its booleans (`yes`, `on`),
 * octal numbers (`0777` and `0o777`) and merge keys, without its dates, binaries and base 60 numbers.
 */
export const kubernetesYaml: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  merge: true,
  resolveKnownTags: false,
  logLevel: 'silent',
  prettyErrors: false,
  // Done by findFaults: the parser compares every key of a map with every other.
  uniqueKeys: false,
  customTags: (tags) => tags.filter(isRead).map(asNumber)
}

type AnyTag = Tags[number]

function isRead(tag: AnyTag): boolean {
  return (
    typeof tag === 'string' ||
    !(unread.has(tag.tag.replace('tag:yaml.org,2002:', '')) || tag.format === 'TIME')
  )
}

/**
 * A float has a digit before its exponent, so `E1` and `.` are text (yamlStyleFloat of goyaml.v2). Every number is
 * printed as it was written: 12345678901234567890 is more than a number of JavaScript holds.
 */
function asNumber(tag: AnyTag): AnyTag {
  if (typeof tag === 'string' || tag.collection || !/:(int|float)$/.test(tag.tag)) return tag
  const { resolve, stringify, test } = tag
  return {
    ...tag,
    resolve: (text: string, onError: (message: string) => void, options: ParseOptions) =>
      finite(resolve(text, onError, options), text),
    ...(test?.test('.') === true && {
      test: /^(?:[-+]_*)?(?:\.[0-9_]*[0-9]|[0-9][0-9_]*\.)[0-9_]*$/
    }),
    ...(tag.format === 'EXP' && {
      test: /^(?:[-+]_*)?(?:\.[0-9_]*[0-9]|[0-9])[0-9_]*(?:\.[0-9_]*)?[eE][-+]?_*[0-9][0-9_]*$/
    }),
    ...(test?.test('1') === true && { test: /^(?:[-+]_*)?[0-9][0-9_]*$/ }),
    ...(tag.format === 'BIN' && { test: /^(?:[-+]_*)?0[bB]_*[01][01_]*$/ }),
    ...(tag.format === 'HEX' && { test: /^(?:[-+]_*)?0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*$/ }),
    ...(tag.format === 'OCT' && {
      test: /^(?:[-+]_*)?0(?:[0-7_]+|[oO]_*[0-7][0-7_]*)$/,
      resolve: (text: string) =>
        finite(
          Number.parseInt(text.replaceAll(/[-+_oO]/g, ''), 8) * (text.startsWith('-') ? -1 : 1),
          text
        )
    }),
    stringify: (item, ...rest) => item.source ?? stringify?.(item, ...rest) ?? ''
  }
}

/** What is too large for a number is text to Go (strconv.ParseFloat), unless it says `.inf` itself. */
const finite = (value: unknown, text: string): unknown =>
  Math.abs(Number(value)) === Number.POSITIVE_INFINITY && !/inf/i.test(text) ? text : value

/** Parses one document. */
export function parseYaml(text: string): Document.Parsed {
  return parseDocument(text, kubernetesYaml)
}

/** What keeps a document from being read: its syntax, its anchors, a duplicate key. */
export function findFaults(document: Document, text: string): readonly Fault[] {
  if (document.errors.length > 0) {
    return document.errors.map(({ pos, message }) => ({ offset: pos[0], what: inWords(message) }))
  }
  const lone = /\r(?!\n)/.exec(text)
  if (lone !== null) {
    return [
      { offset: lone.index, what: 'a carriage return alone, which kubectl reads as a line break' }
    ]
  }
  const fault = findSizeFault(document.contents, text.length)
  return fault === undefined ? keyFaults(document.contents) : [fault]
}

/** The parser's own sentences, less what Node says of a stack that overflows. */
const inWords = (message: string): string =>
  message.startsWith('Maximum call stack')
    ? tooDeep
    : message.replace(/^Source contains multiple documents.*/, 'a second document without ---')

function keyFaults(node: unknown, faults: Fault[] = []): readonly Fault[] {
  if (isCollection(node) && node.flow === true) faults.push(...questionFaults(parts(node)))
  if (isSeq(node)) for (const item of node.items) keyFaults(item, faults)
  if (!isMap(node)) return faults
  const keys = new Set<string>()
  for (const { key, value } of node.items) {
    const what = keyFault(key, keys)
    if (what !== undefined) faults.push({ offset: startOf(key), what })
    keyFaults(value, faults)
  }
  return faults
}

/** Within brackets kubectl reads `?x` as the key `x`, and YAML 1.2 as the text `?x`. */
const questionFaults = (nodes: readonly unknown[]): readonly Fault[] =>
  nodes.flatMap((node) =>
    isScalar(node) && node.type === 'PLAIN' && node.source?.startsWith('?') === true
      ? [{ offset: startOf(node), what: 'a text in brackets opens with ?: put it in quotes' }]
      : []
  )

/** JSON has only text for keys, and each once; a map may be merged with many others. */
function keyFault(key: unknown, keys: Set<string>): string | undefined {
  if (isCollection(key)) return 'a key must be text, not a list or a map'
  const name = keyText(key)
  if (keys.has(name) && name !== '<<') return `duplicate key ${JSON.stringify(name)}`
  keys.add(name)
  return undefined
}

/**
 * Measures a document with each alias replaced by what it stands for, in time linear in the text, and answers why
 * it cannot be worked on: too deep, too large ("billion laughs"), or an alias without an anchor before it, which
 * may also be one inside its own anchor.
 */
function findSizeFault(contents: unknown, length: number): Fault | undefined {
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

/** A key as the value has it: `on:` is read as the key `true`. An alias is known by its name, a list or map by none. */
export function keyText(key: unknown): string {
  const value = isScalar(key) ? key.value : isAlias(key) ? `*${key.source}` : key
  if (typeof value === 'symbol') return '<<'
  if (isCollection(value)) return ''
  return value === null || value === undefined ? '' : String(value)
}

/** Finds the offset of a value by its keys, or of the nearest parent that is there. */
export function yamlOffsets(text: string): (keys: readonly (string | number)[]) => number {
  const { contents } = parseYaml(text)
  return (keys) => {
    let node: unknown = contents
    for (const key of keys) {
      const inner = memberOf(node, key)
      if (!isNode(inner)) break
      node = inner
    }
    return startOf(node)
  }
}

/** The node under a key as the value has it. */
function memberOf(node: unknown, key: string | number): unknown {
  if (isSeq(node)) return node.items[Number(key)]
  return isMap(node)
    ? node.items.find((pair) => keyText(pair.key) === String(key))?.value
    : undefined
}
