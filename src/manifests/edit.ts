import patches from 'fast-json-patch'
import { stringify } from 'yaml'
import { equalJson, isObject } from '../kubernetes/json.ts'
import { type ObjectEdit, type Operation, pointer } from '../kubernetes/operation.ts'
import { type ManifestDocument, readDocuments } from './documents.ts'
import { type EditedYaml, editYaml } from './edit-yaml.ts'
import { editJson } from './json.ts'
import { kubernetesYaml } from './kubernetes-yaml.ts'

/** A document after its edits: the text, and the value that the text says. */
export interface Edited {
  readonly text: string
  readonly value: unknown
  /** What was written again: nothing, its aliases (in full), or all of it without its comments. */
  readonly rewritten: 'nothing' | 'aliases' | 'document'
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

/** The value after the edits of its objects. */
export function editValue(value: unknown, edits: readonly ObjectEdit[]): unknown {
  const operations = edits.flatMap(({ keys, operations }) =>
    operations.map((one) => ({ ...one, path: `${pointer('', ...keys)}${one.path}` }))
  )
  return applyToValue(value, operations)
}

/**
 * Edits objects of a document. Comments, the order of keys, unknown fields and quotes stay; a document that nothing
 * changes stays as it is. Each text is read again and must say the wanted value; where none does, the document is
 * written from its value.
 */
export function editDocument(document: ManifestDocument, edits: readonly ObjectEdit[]): Edited {
  const { text, format, value: before } = document
  const value = editValue(before, edits)
  if (equalJson(value, before)) return { text, value, rewritten: 'nothing' }
  const texts = format === 'json' ? jsonTexts(text, edits) : editYaml(text, before, value)
  for (const { text: edited, aliases } of texts) {
    if (says(edited, value)) {
      return { text: edited, value, rewritten: aliases ? 'aliases' : 'nothing' }
    }
  }
  return { text: fromValue(document, value), value, rewritten: 'document' }
}

/** None where the library does not take an edit: it refuses to delete below some empty keys. */
function jsonTexts(text: string, edits: readonly ObjectEdit[]): Iterable<EditedYaml> {
  try {
    return [{ text: editJson(text, edits), aliases: false }]
  } catch {
    return []
  }
}

function says(text: string, value: unknown): boolean {
  const [only, ...others] = readDocuments('', text)
  return only !== undefined && others.length === 0 && equalJson(only.value, value)
}

function fromValue({ text, format }: ManifestDocument, value: unknown): string {
  const marker = /^---\s/.test(text) ? '---\n' : ''
  const body =
    format === 'json'
      ? `${JSON.stringify(value, null, 2)}\n`
      : stringify(value, { ...kubernetesYaml, lineWidth: 0, aliasDuplicateObjects: false })
  return `${marker}${body}`
}
