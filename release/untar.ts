import { buffer } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import type { Entry } from './archive.ts'

/** Every entry of a tar archive, hard links as copies of what they name. */
export async function untar(
  archive: Uint8Array
): Promise<readonly (Entry & { readonly path: string })[]> {
  const reader = extract()
  reader.end(archive)
  const entries = new Map<string, Entry>()
  for await (const entry of reader) {
    const { name, type, linkname, mode } = entry.header
    const path = name.replace(/^(\.?\/)+/, '').replace(/\/$/, '')
    const content = await buffer(entry)
    const common = { path, ...(mode === undefined ? {} : { mode }) }
    if (type === 'directory') entries.set(path, common)
    else if (type === 'symlink') entries.set(path, { path, link: linkname ?? '' })
    else if (type === 'link') {
      const target = (linkname ?? '').replace(/^(\.?\/)+/, '')
      entries.set(path, { ...entries.get(target), path })
    } else entries.set(path, { ...common, content })
  }
  entries.delete('')
  return [...entries.values()]
}
