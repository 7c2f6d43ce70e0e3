import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'

/** One entry of an archive: a file with its content, a symbolic link, or a folder. */
export interface Entry {
  /** Without a slash in front. */
  readonly path: string
  readonly content?: Uint8Array | string
  /** Target of a symbolic link. */
  readonly link?: string
  /** By default 0644 for a file and 0755 for a folder. */
  readonly mode?: number
  readonly uid?: number
}

/** A program, or a script that is called by its name. */
export const executable = 0o755

// The time that npm gives to every file of a package: some tools refuse the epoch itself.
const mtime = new Date('1985-10-26T08:15:00Z')

/** A tar archive with the same bytes for the same entries: no time, no user and no order of this machine. */
export async function tar(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack()
  const chunks: Buffer[] = []
  const reading = (async () => {
    for await (const chunk of archive) chunks.push(chunk as Buffer)
  })()
  for (const entry of entries) {
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null): void => (error ? reject(error) : resolve())
      const content = typeof entry.content === 'string' ? Buffer.from(entry.content) : entry.content
      archive.entry(headers(entry), content === undefined ? '' : Buffer.from(content), done)
    })
  }
  archive.finalize()
  await reading
  return Buffer.concat(chunks)
}

function headers({
  path,
  content,
  link,
  mode,
  uid = 0
}: Entry): Partial<Header> & { readonly name: string } {
  const common = { name: path, mtime, uid, gid: uid, uname: '', gname: '' }
  if (link !== undefined) return { ...common, type: 'symlink', linkname: link, mode: 0o777 }
  if (content === undefined)
    return { ...common, name: `${path}/`, type: 'directory', mode: mode ?? 0o755 }
  return { ...common, type: 'file', mode: mode ?? 0o644 }
}

/** Compressed with a header that names neither a time nor an operating system. */
export function gzip(data: Uint8Array): Buffer {
  const compressed = gzipSync(data, { level: 6 })
  compressed[9] = 255 // RFC 1952: unknown operating system
  return compressed
}
