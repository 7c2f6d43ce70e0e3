import t from 'tap'
import type { DebianPackage } from '../../release/debian/packages.ts'
import { baseRoot, nodeRoot, user, withFolders } from '../../release/image-root.ts'

const libc: DebianPackage = {
  name: 'libc6',
  version: '2.41',
  sha256: 'a'.repeat(64),
  architecture: 'amd64',
  control: 'Package: libc6\n',
  files: [
    { path: 'usr/lib/x86_64-linux-gnu/libc.so.6', content: 'elf', mode: 0o755 },
    { path: 'usr/lib/x86_64-linux-gnu/gconv' },
    { path: 'usr/lib/x86_64-linux-gnu/gconv/UTF-16.so', content: 'elf' },
    { path: 'usr/share/doc/libc6' },
    { path: 'usr/share/doc/libc6/copyright', content: 'LGPL' },
    { path: 'usr/share/doc/libc6/changelog.Debian.gz', content: 'gz' },
    { path: 'usr/share/doc/libstdc++6', link: 'gcc-14-base' },
    { path: 'usr/share/common-licenses/LGPL-2.1', content: 'text' },
    { path: 'usr/share/man/man1/x.1.gz', content: 'gz' },
    { path: 'etc/profile', content: 'sh' }
  ]
}
const paths = (entries: readonly { readonly path: string }[]): readonly string[] =>
  entries.map(({ path }) => path)

t.test('the base keeps libraries and licences, and what scanners read', async (t) => {
  const found = paths(baseRoot([libc]))
  for (const path of [
    'usr/lib/x86_64-linux-gnu/libc.so.6',
    'usr/share/doc/libc6/copyright',
    'usr/share/doc/libstdc++6',
    'usr/share/common-licenses/LGPL-2.1',
    'var/lib/dpkg/status.d/libc6'
  ]) {
    t.ok(found.includes(path), path)
  }
  t.notMatch(found.join('\n'), /gconv|changelog|man1|profile/)
})

t.test('the base has one user besides root, and no program', async (t) => {
  const files = new Map(baseRoot([libc]).map(({ path, content }) => [path, String(content)]))
  t.match(files.get('etc/passwd'), `nonroot:x:${user}:${user}:`)
  t.match(files.get('etc/group'), `nonroot:x:${user}:`)
})

t.test('folders come before what is in them', async (t) => {
  t.same(paths(withFolders([{ path: 'b/c/d', content: '' }, { path: 'a' }])), [
    'a',
    'b',
    'b/c',
    'b/c/d'
  ])
  const node = { version: '24', program: Buffer.from('elf'), licence: Buffer.from('text') }
  const entries = nodeRoot({ ...node, integrity: '', packageName: '' })
  t.same(
    entries.filter(({ content }) => content !== undefined).map(({ path, mode }) => [path, mode]),
    [
      ['usr/local/bin/node', 0o755],
      ['usr/share/doc/node/LICENSE', undefined]
    ]
  )
})
