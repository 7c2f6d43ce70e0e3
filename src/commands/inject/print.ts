import { injectReasons } from '../../inject/reasons.ts'
import type { ObjectEdit } from '../../kubernetes/operation.ts'
import type { ManifestDocument } from '../../manifests/documents.ts'
import { type Edited, editDocument, editValue } from '../../manifests/edit.ts'
import { joinDocuments } from '../../manifests/split-and-join.ts'
import { unifiedDiff } from '../../terminal/diff.ts'
import { objectName } from '../../terminal/object-name.ts'
import { printable } from '../../terminal/paint.ts'
import type { Io } from '../command.ts'
import type { Decided } from './decide.ts'

/** Every document, in order, with what was decided of its objects. */
export type AllDecided = ReadonlyMap<ManifestDocument, readonly Decided[]>

/** What `inject -o` takes, and how it prints. */
export const outputs: Readonly<Record<string, (decided: AllDecided, io: Io) => void>> = {
  yaml: (decided, io) => {
    const pieces = [...editAll(decided, io)].map(([{ index }, { text }]) => ({ index, text }))
    io.out(joinDocuments(pieces))
  },
  json: (decided, io) => {
    for (const [document, ofDocument] of decided) {
      const value = editValue(document.value, editsOf(ofDocument))
      if (value !== null && value !== undefined) io.out(`${JSON.stringify(value, null, 2)}\n`)
    }
  },
  patch: (decided, io) => {
    const patches = [...decided.values()].flat().map(({ object, operations }) => ({
      kind: object.kind,
      namespace: object.namespace,
      name: object.name,
      operations
    }))
    io.out(`${JSON.stringify(patches, null, 2)}\n`)
  },
  diff: (decided, io) => {
    const files = Map.groupBy(editAll(decided, io), ([{ file }]) => file)
    for (const [file, edited] of files) {
      const before = edited.map(([{ text }]) => text).join('')
      const after = edited.map(([, { text }]) => text).join('')
      io.out(unifiedDiff(file, before, after, io.colours))
    }
  }
}

function editAll(decided: AllDecided, io: Io): readonly (readonly [ManifestDocument, Edited])[] {
  return [...decided].map(([document, ofDocument]) => {
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
  decided.map(({ object, operations }) => ({ keys: object.keys, operations }))

/** One line an object, then its warnings. */
export function summarise({ object, decision }: Decided, io: Io): void {
  const name = objectName(object)
  switch (decision.kind) {
    case 'left':
      io.err(`${name}: skipped: ${decision.message}\n`)
      break
    case 'refused':
      io.err(`${name}: refused: ${decision.reason}: ${decision.message}\n`)
      break
    case 'skipped':
    case 'injected': {
      const { kind, reason, warnings } = decision
      const what = reason === 'Injected' ? kind : `${kind}: ${reason}`
      // A reason with a warning is explained by it.
      const why =
        kind === 'skipped' && warnings.length === 0 ? `: ${injectReasons[reason].meaning}` : ''
      io.err(`${name}: ${what}${why}\n`)
      for (const { message } of warnings) io.err(`${name}: warning: ${message}\n`)
    }
  }
}
