import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { findSources, readManifests } from '../../src/manifests/read-manifests.ts'

async function* stream(
  ...chunks: readonly (string | Uint8Array)[]
): AsyncGenerator<string | Uint8Array> {
  yield* chunks
}

/** What is read of the names, and all that cannot be. */
async function readSources(
  names: readonly string[],
  stdin: AsyncIterable<string | Uint8Array>
): Promise<{
  readonly sources: readonly {
    readonly name: string
    readonly text: string
    readonly mark: string
  }[]
  readonly errors: readonly string[]
}> {
  const { files, errors } = findSources(names)
  const faults = [...errors]
  const sources = []
  for await (const { file, text, mark } of readManifests(files, stdin, faults)) {
    sources.push({ name: file, text, mark })
  }
  return { sources, errors: faults }
}

const dir = t.testdir({
  'b.yaml': 'b: 1',
  'a.yml': 'a: 1',
  'c.json': '{}',
  'notes.txt': 'no manifest',
  deep: { 'd.yaml': 'd: 1', none: { 'e.txt': '' } },
  mark: { 'bom.yaml': '\uFEFFa: 1' },
  empty: {}
})

t.test('a folder is read by name, folders below it too, other files left out', async (t) => {
  const { sources, errors } = await readSources([dir], stream())
  t.same(errors, [])
  const names = ['a.yml', 'b.yaml', 'c.json', 'deep/d.yaml', 'mark/bom.yaml']
  t.same(
    sources.map(({ name }) => name),
    names.map((name) => join(dir, name))
  )
})

t.test('files keep the order in which they are named, and each is read once', async (t) => {
  const names = [join(dir, 'b.yaml'), join(dir, 'a.yml'), join(dir, 'b.yaml')]
  const { sources } = await readSources(names, stream())
  t.same(
    sources.map(({ text }) => text),
    ['b: 1', 'a: 1']
  )
})

t.test('standard input stands under the name -', async (t) => {
  const bytes = Buffer.from('é')
  const { sources } = await readSources(
    ['-'],
    stream('a: ', bytes.subarray(0, 1), bytes.subarray(1))
  )
  t.same(sources, [{ name: '-', text: 'a: é', mark: '' }])
})

t.test('a byte order mark is kept apart', async (t) => {
  const { sources } = await readSources([join(dir, 'mark')], stream())
  t.same(
    sources.map(({ text, mark }) => ({ text, mark })),
    [{ text: 'a: 1', mark: '\uFEFF' }]
  )
})

t.test('links to files are followed, links to folders are not', async (t) => {
  const linked = t.testdir({ 'real.txt': 'a: 1', folder: {} })
  mkdirSync(join(linked, 'mounted'))
  symlinkSync('../real.txt', join(linked, 'mounted/manifest.yaml'))
  symlinkSync('..', join(linked, 'mounted/circle.yaml'))
  const { sources, errors } = await readSources([join(linked, 'mounted')], stream())
  t.same([sources.map(({ text }) => text), errors], [['a: 1'], []])
  symlinkSync('nowhere', join(linked, 'mounted/broken.yaml'))
  const broken = await readSources([join(linked, 'mounted')], stream())
  t.equal(broken.sources.length, 1)
  t.match(broken.errors[0], /broken\.yaml: cannot be read: no such file or folder$/)
  symlinkSync('self.yaml', join(linked, 'mounted/self.yaml'))
  const circle = await readSources([join(linked, 'mounted')], stream())
  t.equal(circle.sources.length, 1, 'one link costs no other file')
  t.match(circle.errors[1], /self\.yaml: cannot be read: its symbolic links form a loop$/)
})

t.test('a folder that may not be listed is named, and costs no other', async (t) => {
  if (process.getuid?.() === 0) process.seteuid?.(65534)
  t.teardown(() => process.seteuid?.(process.getuid?.() ?? 0))
  const parent = mkdtempSync(join(tmpdir(), 'manifests-'))
  t.teardown(() => {
    chmodSync(join(parent, 'closed'), 0o700)
    rmSync(parent, { recursive: true })
  })
  writeFileSync(join(parent, 'a.yaml'), 'a: 1')
  mkdirSync(join(parent, 'closed'), 0)
  const { sources, errors } = await readSources([parent], stream())
  t.same(
    sources.map(({ text }) => text),
    ['a: 1']
  )
  t.same(errors, [`${join(parent, 'closed')}: cannot be read: permission denied`])
})

t.test('a device without an end is bounded, an empty name is reported', async (t) => {
  const { errors } = await readSources(['/dev/zero', ''], stream())
  t.match(errors, [
    /^the name of a file or folder is empty$/,
    /^\/dev\/zero: cannot be read: not a text file: it contains a NUL character$/
  ])
})

t.test('what cannot be read is one sentence, and the others are read', async (t) => {
  const bad = t.testdir({ folder: {} })
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(bad, name), content)
    return join(bad, name)
  }
  const huge = file('huge.yaml', '# '.repeat(33 * 1024 * 1024))
  const cases: readonly (readonly [string, RegExp])[] = [
    [join(bad, 'missing.yaml'), /missing\.yaml: cannot be read: no such file or folder$/],
    [
      file('binary.yaml', new Uint8Array([0xff, 0xfe, 0x00])),
      /: cannot be read: not a UTF-8 text file$/
    ],
    [file('nul.yaml', 'a: \0'), /: cannot be read: not a text file: it contains a NUL character$/],
    [huge, /: cannot be read: a document is larger than 64 MiB: split it into smaller ones$/],
    [join(bad, 'folder'), /: the folder contains no \.yaml, \.yml or \.json file$/]
  ]
  for (const [name, sentence] of cases) {
    const { sources, errors } = await readSources([name, join(dir, 'b.yaml')], stream())
    t.equal(sources.length, 1, name)
    t.equal(errors.length, 1, name)
    t.match(errors[0], sentence)
  }
})

t.test('standard input is bounded, may fail, and is there once', async (t) => {
  const chunk = Buffer.alloc(33 * 1024 * 1024, ' ')
  t.match((await readSources(['-'], stream(chunk, chunk))).errors, [/^-: .* larger than 64 MiB/])
  async function* failing(): AsyncGenerator<string> {
    yield 'a'
    throw new Error('the other end hung up')
  }
  t.same((await readSources(['-'], failing())).errors, ['-: cannot be read: the other end hung up'])
  const twice = await readSources(['-', '-'], stream('a: 1'))
  t.same(twice.errors, ['-: standard input is named twice'])
})

t.test('no name at all is an error', async (t) => {
  const { sources, errors } = await readSources([], stream())
  t.same(sources, [])
  t.match(errors, [/^nothing to read: name files or folders, or - /])
})
