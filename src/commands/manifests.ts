import type { ManifestDocument } from '../manifests/documents.ts'
import { type ManifestObject, objectsOf } from '../manifests/objects.ts'
import { findSources, readManifests, type Sources } from '../manifests/read-manifests.ts'
import { printable } from '../terminal/paint.ts'
import type { Read } from './command.ts'
import type { Values } from './flags.ts'
import { exitCodes, type Io } from './io.ts'
import { makeProgress } from './progress.ts'

/** The flags of every command that reads manifests; files may be named without -f too. */
export const manifestFlags = {
  filename: {
    short: 'f',
    value: 'FILE|DIR|-',
    many: true,
    help: 'manifests to read (YAML or JSON, Lists, many documents); may be repeated, and -f may be left out'
  },
  exclude: {
    value: 'GLOB',
    many: true,
    help: 'files and folders to leave out, as in "**/charts/*/templates" or "*.test.yaml"; may be repeated'
  },
  namespace: { short: 'n', value: 'NAMESPACE', help: 'namespace of objects that name none' }
} as const

type ManifestValues = Values<typeof manifestFlags>

/** The files that the flags name. */
export async function readSources(flags: ManifestValues): Promise<Read<Sources>> {
  const sources = findSources(flags.filename, flags.exclude)
  return sources.files.length === 0 ? { errors: sources.errors } : { input: sources }
}

/** Characters of YAML that are read in about a second: a person who waits longer is shown how far it is. */
const aSecond = 2_000_000

/** Reads the documents of all files, one after the other; what cannot be read goes to `faults`. */
export async function* documentsOf(
  { files, errors }: Sources,
  faults: string[],
  io: Io
): AsyncGenerator<ManifestDocument> {
  const progress = makeProgress(io, process.stderr.isTTY === true)
  let count = 0
  let characters = 0
  faults.push(...errors)
  for await (const document of readManifests(files, io.stdin, faults)) {
    count += 1
    characters += document.text.length
    if (characters >= aSecond) {
      progress.show(`reading document ${count}, in ${printable(document.file)}`)
      characters = 0
    }
    yield document
  }
  progress.clear()
}

/** What a command works on that needs all manifests at once. */
export interface Manifests {
  readonly documents: readonly ManifestDocument[]
  readonly objects: readonly ManifestObject[]
  /** Faults of single sources and documents; the others are still worked on. */
  readonly faults: readonly string[]
  /** The byte order mark of the first source, or nothing. */
  readonly mark: string
}

/** Reads all manifests that the flags name. */
export async function readAll(flags: ManifestValues, io: Io): Promise<Read<Manifests>> {
  const read = await readSources(flags)
  if ('errors' in read) return read
  const faults: string[] = []
  const documents: ManifestDocument[] = []
  for await (const document of documentsOf(read.input, faults, io)) documents.push(document)
  if (documents.length === 0) return { errors: faults }
  const objects = documents.flatMap((document) => objectsOf(document, flags.namespace))
  return { input: { documents, objects, faults, mark: documents[0]?.mark ?? '' } }
}

/** The exit code of a run: what was found, and whether everything could be read. */
export function exitCodeOf(isFound: boolean, faults: readonly string[]): number {
  if (faults.length === 0) return isFound ? exitCodes.findings : exitCodes.clean
  return isFound ? exitCodes.findingsAndUsage : exitCodes.usage
}
