import patches from 'fast-json-patch'
import { stringify } from 'yaml'
import { equalJson, isObject } from '../kubernetes/json.ts'
import type { Operation } from '../kubernetes/operation.ts'
import { blockWriter } from './block-writer.ts'
import { type ManifestDocument, readDocuments, readTree } from './documents.ts'
import { type FlowStyle, flowWriter } from './flow-writer.ts'
import { kubernetesYaml } from './kubernetes-yaml.ts'
import { applySplices, spliceChanges } from './splice.ts'

/** A document after its edits: the text, and the value that the text says. */
export interface Edited {
  readonly text: string
  readonly value: unknown
  /** What was written anew, its comments lost: nothing, an alias where it stood in the way, or all of the document. */
  readonly rewritten: 'nothing' | 'alias' | 'document'
}

/** The value after the operations (RFC 6902); the one given is not changed. */
export function applyToValue(value: unknown, operations: readonly Operation[]): unknown {
  return patches.applyPatch(copy(value), copy(operations)).newDocument
}

/** What an alias and its anchor share comes apart, so that a change of one is none of the other. */
function copy<T>(value: T): T
function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]))
}

/**
 * Applies RFC 6902 operations to a document. Only the lines that change are cut; every other byte stays, comments
 * and unknown fields with it. The result is read again: where it does not say what it should (an anchor was
 * changed that others use), the document is written anew from its value.
 */
export function applyOperations(
  document: ManifestDocument,
  operations: readonly Operation[]
): Edited {
  const value = applyToValue(document.value, operations)
  if (equalJson(value, document.value)) return { text: document.text, value, rewritten: 'nothing' }
  const edited = splice(document, value)
  if (edited !== undefined && says(document, edited.text, value)) return { ...edited, value }
  return { text: writeAnew(document, value), value, rewritten: 'document' }
}

function splice(document: ManifestDocument, after: unknown): Omit<Edited, 'value'> | undefined {
  const { text, format, value: before } = document
  const root = readTree(document)
  if (root === undefined) return undefined
  const style = format === 'json' ? jsonStyle(text) : yamlStyle
  const writers = { block: blockWriter(text, root), flow: flowWriter(text, style) }
  const found = spliceChanges(root, { before, after }, writers)
  return (
    found && {
      text: applySplices(text, found.splices),
      rewritten: found.aliasWritten ? 'alias' : 'nothing'
    }
  )
}

function says({ file }: ManifestDocument, text: string, value: unknown): boolean {
  const [only, ...others] = readDocuments({ name: file, text })
  return only !== undefined && others.length === 0 && equalJson(only.value, value)
}

function writeAnew({ text, format }: ManifestDocument, value: unknown): string {
  const marker = /^---\s/.test(text) ? '---\n' : ''
  const body = format === 'json' ? `${JSON.stringify(value, null, indentOf(text))}\n` : plain(value)
  return `${marker}${body}`
}

const plain = (value: unknown, flow?: 'flow'): string =>
  stringify(value, {
    ...kubernetesYaml,
    lineWidth: 0,
    indentSeq: false,
    aliasDuplicateObjects: false,
    flowCollectionPadding: false,
    ...(flow === undefined ? {} : { collectionStyle: flow })
  })

const yamlStyle: FlowStyle = {
  value: (value) => plain(value, 'flow').trimEnd(),
  entry: (key, value) =>
    plain({ [key]: value }, 'flow')
      .trimEnd()
      .slice(1, -1),
  space: ' '
}

function jsonStyle(text: string): FlowStyle {
  const indent = indentOf(text)
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const value: FlowStyle['value'] = (value, margin) =>
    JSON.stringify(value, null, indent).replaceAll('\n', `${eol}${margin}`)
  return {
    value,
    entry: (key, entry, margin) =>
      `${JSON.stringify(key)}:${indent === undefined ? '' : ' '}${value(entry, margin)}`,
    space: ''
  }
}

/** The indent of a JSON text, by its first indented line; none for a text of one line. */
function indentOf(text: string): string | undefined {
  return /\n([ \t]+)\S/.exec(text)?.[1]
}
