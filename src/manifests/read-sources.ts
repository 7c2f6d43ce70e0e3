import { createReadStream, type Dirent, readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'

/** One file of manifests, or standard input under the name `-`. */
export interface Source {
  readonly name: string
  readonly text: string
  /** A byte order mark that stood before the text, or nothing. */
  readonly mark: '\uFEFF' | ''
}

/** Every source in the order given, and one sentence for each that cannot be read. */
export interface ReadSources {
  readonly sources: readonly Source[]
  readonly errors: readonly string[]
}

/** What kubectl reads of a folder (k8s.io/cli-runtime resource.FileExtensions). */
const manifest = /\.(ya?ml|json)$/

/** Bytes of one source: more is no manifest, and parsing it would only look like a hang. */
const sizeLimit = 64 * 1024 * 1024

/**
 * Reads files, folders (recursively, by name) and `-`, each file once; no name at all is an error, never an empty
 * success.
 */
export async function readSources(
  names: readonly string[],
  stdin: AsyncIterable<string | Uint8Array>
): Promise<ReadSources> {
  if (names.length === 0) {
    return {
      sources: [],
      errors: ['nothing to read: name files or folders with -f, or - for standard input']
    }
  }
  const sources: Source[] = []
  const errors: string[] = []
  const files = names.flatMap((name) => (name === '-' ? [name] : filesOf(name, errors)))
  if (files.indexOf('-') < files.lastIndexOf('-')) errors.push('-: standard input is named twice')
  for (const name of new Set(files)) {
    try {
      sources.push({ name, ...decode(await readBytes(name, stdin)) })
    } catch (error) {
      errors.push(`${name}: cannot be read: ${reasonOf(error)}`)
    }
  }
  return { sources, errors }
}

/** The file itself, or the manifests of the folder, sorted by path. */
function filesOf(name: string, errors: string[]): readonly string[] {
  // An empty variable of a shell.
  if (name === '') errors.push('the name of a file or folder is empty')
  if (name === '') return []
  if (statOf(name)?.isDirectory() !== true) return [name]
  const told = errors.length
  const files = manifestsIn(name, errors).toSorted()
  if (files.length === 0 && errors.length === told) {
    errors.push(`${name}: the folder holds no .yaml, .yml or .json file`)
  }
  return files
}

/**
 * Links to files are followed, as in a mounted ConfigMap; links to folders are not, so no walk runs in circles (that
 * of readdirSync does).
 */
function manifestsIn(folder: string, errors: string[]): readonly string[] {
  return entriesOf(folder, errors).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return manifestsIn(path, errors)
    return manifest.test(entry.name) && isFile(entry, path) ? [path] : []
  })
}

function entriesOf(folder: string, errors: string[]): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    errors.push(`${folder}: cannot be read: ${reasonOf(error)}`)
    return []
  }
}

/** A link that leads nowhere counts as one, so that reading it says why it cannot be read. */
function isFile(entry: Dirent, path: string): boolean {
  return entry.isSymbolicLink() ? (statOf(path)?.isFile() ?? true) : entry.isFile()
}

/** Undefined where there is nothing, or nothing that may be seen. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** Reads no further than the limit: a device has no end, and a pipe tells no size. */
async function readBytes(
  name: string,
  stdin: AsyncIterable<string | Uint8Array>
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of name === '-' ? stdin : createReadStream(name)) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    size += bytes.length
    if (size > sizeLimit) throw tooLarge()
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

const tooLarge = (): Error =>
  new Error(`it is larger than ${sizeLimit / 1024 / 1024} MiB: name the manifests in smaller files`)

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Throws for bytes that are no UTF-8, and for NUL, which is text in name only. */
function decode(bytes: Uint8Array): Pick<Source, 'text' | 'mark'> {
  const text = decoder.decode(bytes)
  if (text.includes('\0')) throw new Error('it is no text: a NUL character stands in it')
  return text.startsWith('\uFEFF') ? { text: text.slice(1), mark: '\uFEFF' } : { text, mark: '' }
}

/** What went wrong, in words: Node puts the path and the system call into its messages. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links run in a circle',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is no UTF-8 text'
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return reasons[code] ?? error.message
}
