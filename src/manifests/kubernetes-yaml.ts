import {
  type Document,
  type DocumentOptions,
  isAlias,
  isCollection,
  isNode,
  isScalar,
  type ParseOptions,
  parseDocument,
  type SchemaOptions,
  visit
} from 'yaml'
import { type Fault, findSizeFault, tooDeep } from './expanded-size.ts'

/** Types of YAML 1.1 that sigs.k8s.io/yaml does not read: it leaves the text a string. */
const unread = new Set(['timestamp', 'binary', 'omap', 'pairs', 'set'])

/**
 * YAML as Kubernetes reads it (sigs.k8s.io/yaml, goyaml.v2/resolve.go): version 1.1 with its booleans (`yes`, `on`),
 * octal numbers and merge keys, without its dates, binaries and base 60 numbers.
 */
export const kubernetesYaml: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  merge: true,
  resolveKnownTags: false,
  logLevel: 'silent',
  prettyErrors: false,
  // Done by findFaults: the parser compares every key of a map with every other.
  uniqueKeys: false,
  customTags: (tags) =>
    tags.filter(
      (tag) =>
        typeof tag === 'string' ||
        !(unread.has(tag.tag.replace('tag:yaml.org,2002:', '')) || tag.format === 'TIME')
    )
}

/** Parses one document; `tokens` keeps what is needed to edit its text. */
export function parseYaml(text: string, tokens: boolean): Document.Parsed {
  return parseDocument(text, { ...kubernetesYaml, keepSourceTokens: tokens })
}

/** What keeps a document from being read: its syntax, its anchors, a key that stands twice. */
export function findFaults(document: Document, text: string): readonly Fault[] {
  if (document.errors.length > 0) {
    return document.errors.map(({ pos, message }) => ({ offset: pos[0], what: inWords(message) }))
  }
  const fault = findSizeFault(document.contents, text.length)
  return fault === undefined ? keyFaults(document) : [fault]
}

/** The parser's own sentences, less what Node says of a stack that overflows. */
const inWords = (message: string): string =>
  message.startsWith('Maximum call stack')
    ? tooDeep
    : message.replace(/^Source contains multiple documents.*/, 'a second document without ---')

function keyFaults(document: Document): readonly Fault[] {
  const faults: Fault[] = []
  visit(document, {
    Map: (_, map) => {
      const keys = new Set<string>()
      for (const { key } of map.items) {
        const what = keyFault(key, keys)
        if (what !== undefined) {
          faults.push({ offset: isNode(key) ? (key.range?.[0] ?? 0) : 0, what })
        }
      }
    }
  })
  return faults
}

/** JSON has only text for keys, and each once; a map may be merged with many others. */
function keyFault(key: unknown, keys: Set<string>): string | undefined {
  if (isCollection(key)) return 'a key must be text, not a list or a map'
  const name = keyText(key)
  if (keys.has(name) && name !== '<<') return `the key ${JSON.stringify(name)} stands twice`
  keys.add(name)
  return undefined
}

/** A key as the value has it: `on:` is read as the key `true`. An alias is known by its name, a list or map by none. */
export function keyText(key: unknown): string {
  const value = isScalar(key) ? key.value : isAlias(key) ? `*${key.source}` : key
  if (typeof value === 'symbol') return '<<'
  if (isCollection(value)) return ''
  return value === null || value === undefined ? '' : String(value)
}
