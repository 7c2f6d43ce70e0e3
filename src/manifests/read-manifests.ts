import { createReadStream, type Dirent, readdirSync, type Stats, statSync } from 'node:fs'
import { join, matchesGlob, normalize } from 'node:path'
import { type ManifestDocument, streamDocuments } from './documents.ts'

/** The files to read, `-` for standard input, and one sentence for each name that leads to none. */
export interface Sources {
  readonly files: readonly string[]
  readonly errors: readonly string[]
}

/** What kubectl reads of a folder (k8s.io/cli-runtime resource.FileExtensions). */
const manifest = /\.(ya?ml|json)$/

/**
 * Finds the files of names, folders (recursively, by name) and `-`, each file once, without those that a glob
 * excludes; no file at all is an error, never an empty success.
 */
export function findSources(names: readonly string[], excluded: readonly string[] = []): Sources {
  if (names.length === 0) {
    return {
      files: [],
      errors: ['nothing to read: name files or folders, or - for standard input']
    }
  }
  const errors: string[] = []
  const files = names.flatMap((name) => (name === '-' ? [name] : filesOf(name, errors)))
  if (files.indexOf('-') < files.lastIndexOf('-')) errors.push('-: standard input is named twice')
  const left = [...new Set(files)].filter((file) => !isExcluded(file, excluded))
  if (left.length === 0 && errors.length === 0)
    errors.push('nothing to read: every file is excluded')
  return { files: left, errors }
}

/** A glob is matched with the path as it is named, with each folder above it, and with the names of both. */
function isExcluded(file: string, globs: readonly string[]): boolean {
  if (globs.length === 0 || file === '-') return false
  const parts = normalize(file).split('/')
  return globs.some((glob) =>
    parts.some(
      (part, index) =>
        matchesGlob(part, glob) ||
        matchesGlob(parts.slice(0, index + 1).join('/'), normalize(glob).replace(/\/$/, ''))
    )
  )
}

/** The file itself, or the manifests of the folder, sorted by path. */
function filesOf(name: string, errors: string[]): readonly string[] {
  // An empty variable of a shell.
  if (name === '') errors.push('the name of a file or folder is empty')
  if (name === '') return []
  if (statOf(name)?.isDirectory() !== true) return [name]
  const before = errors.length
  const files = manifestsIn(name, errors).toSorted()
  if (files.length === 0 && errors.length === before) {
    errors.push(`${name}: the folder contains no .yaml, .yml or .json file`)
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

/**
 * Reads the documents of all sources one after the other, and holds little more than one of them. What cannot be read
 * goes to `faults`, one sentence each, and costs no other.
 */
export async function* readManifests(
  files: readonly string[],
  stdin: AsyncIterable<string | Uint8Array>,
  faults: string[]
): AsyncGenerator<ManifestDocument> {
  const templates = new Set<string>()
  for (const file of files) {
    try {
      for await (const document of streamDocuments(file, readText(file, stdin))) {
        if (document.isHelmTemplate) templates.add(file)
        else faults.push(...document.errors)
        yield document
      }
    } catch (error) {
      faults.push(`${file}: cannot be read: ${reasonOf(error)}`)
    }
  }
  const [first] = templates
  if (first === undefined) return
  const more = templates.size > 1 ? ` (and ${templates.size - 1} more)` : ''
  faults.push(
    `${first}${more}: looks like a Helm template: pipe the output of "helm template" into this command, or use --exclude`
  )
}

/** The text of a file, or of standard input, in pieces. Throws for what is not text. */
async function* readText(
  name: string,
  stdin: AsyncIterable<string | Uint8Array>
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for await (const chunk of name === '-' ? stdin : createReadStream(name)) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    const text = decoder.decode(bytes, { stream: true })
    if (text.includes('\0')) throw new Error('not a text file: it contains a NUL character')
    yield text
  }
  yield decoder.decode()
}

/** What went wrong, in words: Node puts the path and the system call into its messages. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links form a loop',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'not a UTF-8 text file'
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return reasons[code] ?? error.message
}
