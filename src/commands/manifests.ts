import { type ManifestDocument, readDocuments } from '../manifests/documents.ts'
import { type ManifestObject, objectsOf } from '../manifests/objects.ts'
import { readSources, type Source } from '../manifests/read-sources.ts'
import { printable } from '../terminal/paint.ts'
import type { Read } from './command.ts'
import type { Values } from './flags.ts'
import type { Io } from './io.ts'
import { makeProgress } from './progress.ts'

/** The flags of every command that reads manifests. */
export const manifestFlags = {
  filename: {
    short: 'f',
    value: 'FILE|DIR|-',
    many: true,
    help: 'manifests to read (YAML or JSON, Lists, many documents); may be repeated'
  },
  namespace: { short: 'n', value: 'NAMESPACE', help: 'namespace of objects that name none' }
} as const

/** What such a command works on. */
export interface Manifests {
  readonly documents: readonly ManifestDocument[]
  readonly objects: readonly ManifestObject[]
  /** Faults of single sources and documents; the others are still worked on. */
  readonly faults: readonly string[]
  /** The byte order mark of the first source, or nothing. */
  readonly mark: string
}

/** Reads all manifests that the flags name. */
export async function readManifests(
  flags: Values<typeof manifestFlags>,
  io: Io
): Promise<Read<Manifests>> {
  const { sources, errors } = await readSources(flags.filename, io.stdin)
  if (sources.length === 0) return { errors }
  const documents = parse(sources, io)
  const input = {
    documents,
    objects: documents.flatMap((document) => objectsOf(document, flags.namespace)),
    faults: [...errors, ...documents.flatMap((document) => document.errors)],
    mark: sources[0]?.mark ?? ''
  }
  return { input }
}

/** Characters of YAML that are read in about a second: a person who waits longer is shown how far it is. */
const aSecond = 2_000_000

function parse(sources: readonly Source[], io: Io): readonly ManifestDocument[] {
  const isLong = sources.reduce((sum, { text }) => sum + text.length, 0) > aSecond
  const progress = makeProgress(io, isLong && process.stderr.isTTY === true)
  const documents = sources.flatMap((source, index) => {
    progress.show(`reading ${index + 1} of ${sources.length}: ${printable(source.name)}`)
    return readDocuments(source)
  })
  progress.clear()
  return documents
}
