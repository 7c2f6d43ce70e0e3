import { injectReasons } from '../../inject/reasons.ts'
import type { ObjectEdit } from '../../kubernetes/operation.ts'
import type { ManifestDocument } from '../../manifests/documents.ts'
import { type Edited, editDocument, editValue } from '../../manifests/edit.ts'
import { joinDocuments } from '../../manifests/split-and-join.ts'
import { unifiedDiff } from '../../terminal/diff.ts'
import { objectName } from '../../terminal/object-name.ts'
import { printable } from '../../terminal/paint.ts'
import type { View } from '../command.ts'
import type { Io } from '../io.ts'
import type { Decided } from './decide.ts'

/** Every document, in order, with what was decided of its objects, and the byte order mark of the first. */
export interface Injected {
  readonly documents: ReadonlyMap<ManifestDocument, readonly Decided[]>
  readonly mark: string
}

/** What `inject -o` takes, and how it prints. */
export const views: Readonly<Record<string, View<Injected>>> = {
  yaml: (injected, io) => {
    const pieces = editAll(injected, io).map(([{ index }, { text }]) => ({ index, text }))
    return `${injected.mark}${joinDocuments(pieces)}`
  },
  json: ({ documents }) =>
    [...documents]
      .map(([document, decided]) => editValue(document.value, editsOf(decided)))
      .filter((value) => value !== null && value !== undefined)
      .map((value) => `${JSON.stringify(value, null, 2)}\n`)
      .join(''),
  patch: ({ documents }) => {
    const objects = Map.groupBy([...documents.values()].flat(), ({ object }) => object)
    const patches = [...objects].map(([{ kind, namespace, name }, decided]) => ({
      kind,
      namespace,
      name,
      operations: decided.flatMap(({ operations }) => operations)
    }))
    return `${JSON.stringify(patches, null, 2)}\n`
  },
  diff: (injected, io) => {
    const files = Map.groupBy(editAll(injected, io), ([{ file }]) => file)
    const diffs = [...files].map(([file, edited]) => {
      const before = edited.map(([{ text }]) => text).join('')
      const after = edited.map(([, { text }]) => text).join('')
      return unifiedDiff(file, before, after, io.colours)
    })
    return diffs.join('')
  }
}

function editAll(
  { documents }: Injected,
  io: Io
): readonly (readonly [ManifestDocument, Edited])[] {
  return [...documents].map(([document, ofDocument]) => {
    const edited = editDocument(document, editsOf(ofDocument))
    const where = `${printable(document.file)}:${document.locate([]).line}`
    if (edited.rewritten === 'aliases') {
      io.err(
        `${where}: a shared part of this document was changed, so its YAML aliases were written out\n`
      )
    }
    if (edited.rewritten === 'document') {
      io.err(
        `${where}: this document could not be edited in place: it was rewritten without comments\n`
      )
    }
    return [document, edited] as const
  })
}

const editsOf = (decided: readonly Decided[]): readonly ObjectEdit[] =>
  [...Map.groupBy(decided, ({ object }) => object)].map(([{ keys }, ofObject]) => ({
    keys,
    operations: ofObject.flatMap(({ operations }) => operations)
  }))

/** One line for a pod of an object, then its warnings. */
export function summaryOf({ object, place, decision }: Decided): readonly string[] {
  const shape = place.found === 'kind' ? '' : ` (by shape, ${printable(place.keys.join('.'))})`
  const name = `${objectName(object)}${shape}`
  switch (decision.kind) {
    case 'left':
      return [`${name}: skipped: ${decision.message}`]
    case 'refused':
      return [`${name}: refused: ${decision.reason}: ${decision.message}`]
    case 'skipped':
    case 'injected': {
      const { kind, reason, warnings } = decision
      const what = reason === 'Injected' ? kind : `${kind}: ${reason}`
      // A reason with a warning is explained by it.
      const why =
        kind === 'skipped' && warnings.length === 0 ? `: ${injectReasons[reason].meaning}` : ''
      return [
        `${name}: ${what}${why}`,
        ...warnings.map(({ message }) => `${name}: warning: ${message}`)
      ]
    }
  }
}
