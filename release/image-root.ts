import { type Entry, executable } from './archive.ts'
import type { DebianPackage } from './debian/packages.ts'
import type { NodeBinary } from './node-binary.ts'

/** Uid and gid that the image runs as. */
export const user = 65532

/** What nothing in the image uses: pages for people, character sets for iconv, and files for debuggers and logins. */
const unread: readonly RegExp[] = [
  /^usr\/share\/doc\/[^/]+\/(?!copyright$)/,
  /^usr\/share\/(base-files|bug|dict|gcc|gdb|info|lintian|locale|man|misc)(\/|$)/,
  /^usr\/lib\/[^/]+\/(gconv|audit)(\/|$)/,
  /^usr\/lib\/[^/]+\/lib(c_malloc_debug|memusage|pcprofile|thread_db)\.so/,
  /^usr\/(games|include|src)$/,
  /^etc\/(default|dpkg|issue|motd|profile|skel|update-motd)/,
  /^(boot|home|root)$/,
  /^var\/(backups|cache|lib|local|log|spool)(\/|$)/
]

/** Files of a root that no package brings: one user, and names as any Linux resolves them. */
const ours: readonly Entry[] = [
  {
    path: 'etc/passwd',
    content: `root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:${user}:${user}:nonroot:/:/sbin/nologin\n`
  },
  { path: 'etc/group', content: `root:x:0:\nnonroot:x:${user}:\n` },
  { path: 'etc/nsswitch.conf', content: 'hosts: files dns\n' },
  // As the script of base-files, which is not run, lays them.
  { path: 'var/lock', link: '/run/lock' },
  { path: 'var/run', link: '/run' }
]

/** The base of the image: what Node needs of Debian, as scanners find it, without a program to run. */
export function baseRoot(packages: readonly DebianPackage[]): readonly Entry[] {
  const entries = new Map<string, Entry>()
  for (const { name, control, files } of packages) {
    for (const entry of files) {
      if (!unread.some((pattern) => pattern.test(entry.path))) entries.set(entry.path, entry)
    }
    // Where images without dpkg record their packages (GoogleContainerTools/distroless, understood by scanners).
    const path = `var/lib/dpkg/status.d/${name}`
    entries.set(path, { path, content: control })
  }
  for (const entry of ours) entries.set(entry.path, entry)
  return withFolders([...entries.values()])
}

/** Node and its licence. */
export const nodeRoot = ({ program, licence }: NodeBinary): readonly Entry[] =>
  withFolders([
    { path: 'usr/local/bin/node', content: program, mode: executable },
    { path: 'usr/share/doc/node/LICENSE', content: licence }
  ])

/** Entries in order of their path, each after the folders above it. */
export function withFolders(entries: readonly Entry[]): readonly Entry[] {
  const all = new Map(entries.map((entry) => [entry.path, entry]))
  for (const { path } of entries) {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
      const folder = path.slice(0, at)
      if (!all.has(folder)) all.set(folder, { path: folder })
    }
  }
  return [...all.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
