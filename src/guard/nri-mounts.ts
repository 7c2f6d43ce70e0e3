import { type NriMount, readPlainMounts } from './nri-plain-yaml.ts'

/** What an annotation mounts of the node, or the line of it that cannot be told. */
export type NriMounts =
  | {
      readonly kind: 'read'
      readonly sources: readonly unknown[]
      /** File systems of the kernel through which a container can change the node. */
      readonly kernel: readonly string[]
    }
  | { readonly kind: 'unreadable'; readonly line: number }
  | { readonly kind: 'unknownType'; readonly type: string }

/** File systems of the kernel's own, whose source names nothing on the node. */
const ownTypes = new Set(['devpts', 'mqueue', 'tmpfs'])

/** Such that show settings of the node, which the container runtime masks or mounts readOnly where it mounts them itself. */
const kernelTypes = new Set(['cgroup', 'cgroup2', 'proc', 'sysfs'])

/** The container runtime binds where an option says so, whatever the type is (runc libcontainer/specconv). */
const bindTypes = new Set(['', 'bind', 'none'])

/** Reads an annotation: the source of each mount that is a bind mount, undefined where it has none. */
export function readMounts(text: string): NriMounts {
  const read = readPlainMounts(text)
  if (read.kind === 'unreadable') return read
  const sources: unknown[] = []
  const kernel: string[] = []
  for (const mount of read.mounts) {
    const { type = '' } = mount
    if (isBind(mount) || bindTypes.has(type)) sources.push(mount.source)
    else if (kernelTypes.has(type)) kernel.push(type)
    else if (!ownTypes.has(type)) return { kind: 'unknownType', type }
  }
  return { kind: 'read', sources, kernel }
}

/** Any option with the word counts: what a runtime makes of `ro,rbind` is its own affair. */
function isBind({ options = [] }: NriMount): boolean {
  return options.some((option) => option.includes('bind'))
}
