import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** One file of manifests, or standard input under the name `-`. */
export interface Source {
  readonly name: string
  readonly text: string
}

/** Every source in the order given, and one sentence for each that cannot be read. */
export interface ReadSources {
  readonly sources: readonly Source[]
  readonly errors: readonly string[]
}

const manifest = /\.(ya?ml|json)$/

/** Reads files, folders (recursively, by name) and `-`; no name at all is an error, never an empty success. */
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
  for (const name of names) {
    if (name === '-') await readStdin(stdin, sources, errors)
    else readPath(name, sources, errors)
  }
  return { sources, errors }
}

async function readStdin(
  stdin: AsyncIterable<string | Uint8Array>,
  sources: Source[],
  errors: string[]
): Promise<void> {
  try {
    sources.push({ name: '-', text: await readAll(stdin) })
  } catch (error) {
    errors.push(`standard input: cannot be read (${reasonOf(error)})`)
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

function readPath(name: string, sources: Source[], errors: string[]): void {
  try {
    if (!statSync(name).isDirectory()) {
      sources.push({ name, text: decode(readFileSync(name)) })
      return
    }
    const entries = readdirSync(name, { recursive: true, withFileTypes: true })
    const files = entries
      .filter((entry) => entry.isFile() && manifest.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
    if (files.length === 0) errors.push(`${name}: the folder holds no .yaml, .yml or .json file`)
    for (const file of files) sources.push({ name: file, text: decode(readFileSync(file)) })
  } catch (error) {
    errors.push(
      `${name}: cannot be read (${error instanceof Error ? error.message : String(error)})`
    )
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** Drops a byte order mark; throws for bytes that are no UTF-8, such as a binary file. */
function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

async function readAll(stream: AsyncIterable<string | Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) {
    chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  }
  return decode(Buffer.concat(chunks))
}
