import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Twelve hexadecimal digits that change with the path or content of any file below a folder. */
export const contentHash = (folder: string): string => {
  const hash = createHash('sha256')
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  for (const path of files.map(({ parentPath, name }) => join(parentPath, name)).sort()) {
    const content = readFileSync(path)
    hash.update(JSON.stringify([path.slice(folder.length), content.length])).update(content)
  }
  return hash.digest('hex').slice(0, 12)
}
