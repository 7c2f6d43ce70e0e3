import { injectReasons } from '../../inject/reasons.ts'
import { applyOperations, applyToValue, type Edited } from '../../manifests/apply-operations.ts'
import type { ManifestDocument } from '../../manifests/documents.ts'
import { joinDocuments } from '../../manifests/join-documents.ts'
import { objectName } from '../../terminal/object-name.ts'
import { printable } from '../../terminal/paint.ts'
import type { Io } from '../command.ts'
import { unifiedDiff } from '../unified-diff.ts'
import { type Decided, documentOperations } from './decide.ts'

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
      const value = applyToValue(document.value, documentOperations(ofDocument))
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
    const edited = applyOperations(document, documentOperations(ofDocument))
    const where = `${printable(document.file)}:${document.locate([]).line}`
    if (edited.rewritten === 'alias') {
      io.err(`${where}: an alias stood in the way of a change and was written out\n`)
    }
    if (edited.rewritten === 'document') {
      io.err(
        `${where}: a change would have shown in other places, so all of it was written anew without its comments\n`
      )
    }
    return [document, edited] as const
  })
}

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
      const why = kind === 'skipped' && warnings.length === 0 ? `: ${injectReasons[reason]}` : ''
      io.err(`${name}: ${what}${why}\n`)
      for (const { message } of warnings) io.err(`${name}: warning: ${message}\n`)
    }
  }
}
