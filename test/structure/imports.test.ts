import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import t from 'tap'
import { folders } from '../../generate/folders.ts'

const src = join(import.meta.dirname, '../../src')

interface Import {
  readonly file: string
  readonly from: string
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts')
)
const importLine =
  /^(?:(?:import|export) [^'=\n]* from|\} from|import) '([^']+)'|import\('([^']+)'\)/gm
const importsOf = (file: string): readonly Import[] =>
  [...readFileSync(join(src, file), 'utf8').matchAll(importLine)].map(([, written, lazy = '']) => ({
    file,
    from: written ?? lazy
  }))
const all = files.flatMap(importsOf)
const folderOf = (file: string): string => file.split('/')[0] ?? ''
const packageOf = (from: string): string =>
  from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/')

t.test('a folder imports its own and those named, nothing else', async (t) => {
  for (const { file, from } of all) {
    const folder = folderOf(file)
    const allowed = folders[folder]
    if (file === 'main.ts') {
      t.match(from, /^(\.\/(commands|terminal)\/|node:)/, `${file} imports ${from}`)
    } else if (allowed === undefined) t.fail(`src/${folder} is not in generate/folders.ts`)
    else if (from.startsWith('.')) {
      const target = folderOf(relative(src, resolve(src, dirname(file), from)))
      if (from === '../../package.json') continue
      const isNamed = target === folder || allowed.imports.split(' ').includes(target)
      t.ok(isNamed, `${file} imports ${from}`)
    } else if (!from.startsWith('node:')) {
      const isNamed = (allowed.packages ?? '').split(' ').includes(packageOf(from))
      t.ok(isNamed, `${file} imports ${from}`)
    }
  }
})

t.test('rules cannot do I/O: they import nothing of Node', async (t) => {
  const isPure = (file: string): boolean => folders[folderOf(file)]?.pure === true
  const impure = all.filter(({ file, from }) => isPure(file) && from.startsWith('node:'))
  t.same(impure, [])
})

t.test('every folder of the table is there', async (t) => {
  t.same(
    [...new Set(files.filter((file) => file.includes('/')).map(folderOf))].toSorted(),
    Object.keys(folders).toSorted()
  )
})

t.test('no file has more than 250 lines', async (t) => {
  for (const file of files) {
    const lines = readFileSync(join(src, file), 'utf8').split('\n').length
    t.ok(lines <= 251, `${file}: ${lines}`)
  }
})
