import { type NriMount, readPlainMounts } from './nri-plain-yaml.ts'

/** What an annotation mounts of the node, or the line of it that cannot be told. */
export type NriMounts =
  | { readonly kind: 'read'; readonly sources: readonly unknown[] }
  | { readonly kind: 'unreadable'; readonly line: number }
  | { readonly kind: 'unknownType'; readonly type: string }

/** File systems of the kernel's own, whose source names nothing on the node. */
const ownTypes = new Set(['cgroup', 'cgroup2', 'devpts', 'mqueue', 'proc', 'sysfs', 'tmpfs'])

/** The container runtime binds where an option says so, whatever the type is (runc libcontainer/specconv). */
const bindTypes = new Set(['', 'bind', 'none'])

/** Reads an annotation: the source of each mount that is a bind mount, undefined where it has none. */
export function readMounts(text: string): NriMounts {
  const read = readPlainMounts(text)
  if (read.kind === 'unreadable') return read
  const sources: unknown[] = []
  for (const mount of read.mounts) {
    const { type = '' } = mount
    if (isBind(mount) || bindTypes.has(type)) sources.push(mount.source)
    else if (!ownTypes.has(type)) return { kind: 'unknownType', type }
  }
  return { kind: 'read', sources }
}

/** Any option with the word counts: what a runtime makes of `ro,rbind` is its own affair. */
function isBind({ options = [] }: NriMount): boolean {
  return options.some((option) => option.includes('bind'))
}
