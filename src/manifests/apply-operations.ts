import patches from 'fast-json-patch'
import { Document } from 'yaml'
import type { Operation } from '../kubernetes/operation.ts'
import { hasAliases, type ManifestDocument } from './documents.ts'

/** A document after its edits: the text, and the value that the text says. */
export interface Edited {
  readonly text: string
  readonly value: unknown
  /** True where anchors had to be written out, so that comments of this document are lost. */
  readonly resolved: boolean
}

/** Applies RFC 6902 operations to a document; YAML keeps its comments, order and unknown fields. */
export function applyOperations(
  document: ManifestDocument,
  operations: readonly Operation[]
): Edited {
  if (operations.length === 0) {
    return { text: document.text, value: document.value, resolved: false }
  }
  const value = applyToValue(document.value, operations)
  if (document.json) {
    const text = `${JSON.stringify(value, null, indentOf(document.text))}\n`
    return { text, value, resolved: false }
  }
  const resolved = hasAliases(document.node)
  const node = resolved ? new Document(value) : document.node.clone()
  if (!resolved) for (const operation of operations) applyToNode(node, operation)
  const indentSeq = !/^( *)[^\s#-][^\n]*:[ \t]*\n\1- /m.test(document.text)
  const text = node.toString({ lineWidth: 0, indentSeq })
  const marker = /^---(\s|$)/m.test(document.text) && !/^---(\s|$)/m.test(text) ? '---\n' : ''
  return { text: `${marker}${text}`, value, resolved }
}

/** The value after the operations; the one given is not changed. */
export function applyToValue(value: unknown, operations: readonly Operation[]): unknown {
  return patches.applyPatch(structuredClone(value), structuredClone([...operations])).newDocument
}

function applyToNode(node: Document, operation: Operation): void {
  const keys = keysOf(operation.path)
  if (operation.op === 'remove') node.deleteIn(keys)
  else if (operation.op === 'add' && keys.at(-1) === '-') {
    node.addIn(keys.slice(0, -1), node.createNode(operation.value))
  } else node.setIn(keys, node.createNode(operation.value))
}

/** RFC 6901: the keys of a pointer. */
function keysOf(path: string): readonly string[] {
  return path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The indent of a JSON text, by its first indented line; none for a text of one line. */
function indentOf(text: string): string | undefined {
  return /\n([ \t]+)\S/.exec(text)?.[1]
}
