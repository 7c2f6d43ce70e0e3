import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { type ManifestDocument, readDocuments } from '../manifests/documents.ts'
import { type ManifestObject, objectsOf } from '../manifests/objects.ts'
import { readSources, type Source } from '../manifests/read-sources.ts'
import { printable } from '../terminal/paint.ts'
import type { Io } from './command.ts'
import type { Flag, Flags } from './flags.ts'
import { makeProgress } from './progress.ts'

/** The flags of every command that reads manifests. */
export const manifestFlags: Readonly<Record<string, Flag>> = {
  filename: { type: 'string', short: 'f', multiple: true },
  namespace: { type: 'string', short: 'n' },
  config: { type: 'string' },
  help: { type: 'boolean', short: 'h' }
}

/** What such a command works on: its configuration and every document, or all that is wrong at once. */
export type Input =
  | {
      readonly config: Config
      readonly documents: readonly ManifestDocument[]
      readonly objects: readonly ManifestObject[]
      /** Faults of single sources and documents; the others are still worked on. */
      readonly faults: readonly string[]
      /** The byte order mark of the first source, or nothing. */
      readonly mark: string
    }
  | { readonly errors: readonly string[] }

/** Reads the configuration and all manifests that the flags name. */
export async function readInput(flags: Flags, io: Io): Promise<Input> {
  const file = flags.text('config')
  const loaded = loadConfig(file === undefined ? {} : { file })
  const { sources, errors } = await readSources(flags.list('filename'), io.stdin)
  if ('errors' in loaded) return { errors: [...loaded.errors, ...errors] }
  if (sources.length === 0) return { errors }
  const documents = parse(sources, io)
  const namespace = flags.text('namespace') ?? ''
  return {
    config: loaded.config,
    documents,
    objects: documents.flatMap((document) => objectsOf(document, namespace)),
    faults: [...errors, ...documents.flatMap((document) => document.errors)],
    mark: sources[0]?.mark ?? ''
  }
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

/** Says what is wrong with the command line, and where to read more. */
export function usageErrors(command: string, errors: readonly string[], io: Io): void {
  tellFaults(command, errors, io)
  io.err(`See spiffe-webhook ${command} --help.\n`)
}

/** One line for each thing that cannot be read. */
export function tellFaults(command: string, faults: readonly string[], io: Io): void {
  for (const fault of faults) io.err(`spiffe-webhook ${command}: ${printable(fault)}\n`)
}
