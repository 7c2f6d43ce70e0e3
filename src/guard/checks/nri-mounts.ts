import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument, visit, type YAMLMap } from 'yaml'

/** What an annotation mounts: the sources of its bind mounts, and whether every mount of it could be read. */
export interface NriMounts {
  readonly sources: readonly string[]
  readonly readable: boolean
}

type Resolve = (node: unknown) => unknown

const unreadable: NriMounts = { sources: [], readable: false }

/**
 * Reads a list of mounts from the nodes of its YAML. Every map is judged once, where it stands, so aliases and
 * merges hide nothing and cost nothing; making objects of nodes takes exponential time for nested keys.
 */
export function readMounts(text: string): NriMounts {
  try {
    return mountsOf(text)
  } catch {
    return unreadable
  }
}

function mountsOf(text: string): NriMounts {
  const document = parseDocument(text, { logLevel: 'silent', uniqueKeys: false })
  const { contents } = document
  if (!isSeq(contents)) return unreadable
  const maps: YAMLMap[] = []
  const anchors = new Map<string, unknown>()
  const targets = new Map<unknown, unknown>()
  visit(document, (_, node) => {
    if (isAlias(node)) targets.set(node, anchors.get(node.source))
    else if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node)
    if (isMap(node)) maps.push(node)
  })
  const resolve: Resolve = (node) => (isAlias(node) ? targets.get(node) : node)
  const binds = new Set<unknown>(maps.filter((map) => isBind(map, resolve)))
  const values = maps.filter((map) => binds.has(map)).flatMap((map) => valuesOf(map, source))
  const sources = values.flatMap((value) => textOf(resolve(value)) ?? [])
  const isRead = (item: unknown): boolean =>
    isMap(item) && (!binds.has(item) || valuesOf(item, sourceOrMerge).length > 0)
  const readable = sources.length === values.length && contents.items.map(resolve).every(isRead)
  return { sources, readable }
}

/** Go takes a field's name in any case, by Unicode's folding (encoding/json, by way of sigs.k8s.io/yaml). */
const source = /^source$/iu
const sourceOrMerge = /^(source|<<)$/iu

function valuesOf(map: YAMLMap, name: RegExp): readonly unknown[] {
  return map.items
    .filter(({ key }) => isScalar(key) && name.test(String(key.value)))
    .map(({ value }) => value)
}

function textOf(node: unknown): string | undefined {
  return isScalar(node) && typeof node.value === 'string' ? node.value : undefined
}

/** A tmpfs or proc mount has a source that names nothing on the node; runc binds where an option says so. */
function isBind(map: YAMLMap, resolve: Resolve): boolean {
  const options = valuesOf(map, /^options$/iu).map(resolve)
  const words = options.flatMap((list) => (isSeq(list) ? list.items.map(resolve) : []))
  if (words.some((word) => ['bind', 'rbind'].includes(textOf(word) ?? ''))) return true
  const types = valuesOf(map, /^type$/iu).map((type) => textOf(resolve(type)) ?? '')
  if (map.anchor !== undefined || valuesOf(map, /^<<$/).length > 0) return true
  return types.length === 0 || types.some((type) => type === '' || type === 'bind')
}
