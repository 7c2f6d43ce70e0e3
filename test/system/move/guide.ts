import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../../docs/guides')

/** A block of a guide that carries a name in a comment before it: `<!-- run: label -->`. */
export interface Block {
  readonly name: string
  readonly language: string
  readonly text: string
}

/** Every named block of a guide, without the indentation of the list that it stands in. */
export function namedBlocks(guide: string): ReadonlyMap<string, Block> {
  const page = readFileSync(join(folder, guide), 'utf8')
  const pattern = /^( *)<!-- run: ([\w-]+) -->\n+ *```(\w+)\n([\s\S]*?)^ *```$/gm
  const blocks = new Map<string, Block>()
  for (const [, indent = '', name = '', language = '', body = ''] of page.matchAll(pattern)) {
    if (blocks.has(name)) throw new Error(`${guide} has two blocks named ${name}`)
    const text = body
      .split('\n')
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
      .join('\n')
    blocks.set(name, { name, language, text })
  }
  return blocks
}

/** The block of this name, or an error that says which names there are. */
export function block(blocks: ReadonlyMap<string, Block>, name: string): Block {
  const found = blocks.get(name)
  if (found === undefined) throw new Error(`no block ${name} among ${[...blocks.keys()].join()}`)
  return found
}
