import { isWithin, overlaps, segments } from './clean.ts'
import { type PathModel, pipeName, type RouteKind, resolve } from './path-model.ts'

/** What the path model says of one host path; `route` is the place on the node that it reaches. */
export type PathVerdict =
  | { readonly kind: 'harmless' }
  | {
      readonly kind: 'reaches'
      readonly route: RouteKind | 'proc' | 'descriptor' | 'pipe'
      readonly at: string
    }
  | {
      readonly kind: 'unusable'
      readonly fault: 'missing' | 'controlCharacter' | 'relative' | 'backstep'
    }
  | { readonly kind: 'containerRuntime' | 'nodeFolder'; readonly at: string }

/** proc(5): /proc/<pid>/root, cwd and fd are links out of every container; only /proc/sys holds none. */
const proc = segments('/proc')
const procSys = segments('/proc/sys')

/** devtmpfs links into /proc/self/fd of whoever resolves them, here the container runtime. */
const descriptors = ['/dev/fd', '/dev/stdin', '/dev/stdout', '/dev/stderr'].map(segments)

const windowsDrive = /^[A-Za-z]:[\\/]/
/** Without a slash such a name is one harmless file name to Linux, so only Windows can mean anything by it. */
const windowsPipe = /^\\\\[.?]\\pipe\\[^/]*$/i

/** C0 controls and DEL: no kernel path that a person would write, and never to be echoed raw. */
export function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

/**
 * Judges one host path as the node would resolve it. Two-way overlap on whole segments, after cleaning and
 * aliasing: an ancestor shows the socket as much as the directory itself does.
 */
export function judgePath(path: unknown, model: PathModel): PathVerdict {
  if (typeof path !== 'string' || path === '') return { kind: 'unusable', fault: 'missing' }
  if (hasControlCharacter(path)) return { kind: 'unusable', fault: 'controlCharacter' }
  if (model.pipes.includes(pipeName(path))) return { kind: 'reaches', route: 'pipe', at: path }
  if (path.split(/[\\/]/).includes('..')) return { kind: 'unusable', fault: 'backstep' }
  if (windowsDrive.test(path) || windowsPipe.test(path)) return { kind: 'harmless' }
  if (!path.startsWith('/')) return { kind: 'unusable', fault: 'relative' }
  return judgeSegments(resolve(path, model.aliases), model)
}

function judgeSegments(at: readonly string[], model: PathModel): PathVerdict {
  const route = model.routes.find((candidate) => overlaps(at, candidate.segments))
  if (route !== undefined) return { kind: 'reaches', route: route.kind, at: route.path }
  if (isWithin(at, proc) && !isWithin(at, procSys)) {
    return { kind: 'reaches', route: 'proc', at: '/proc' }
  }
  const descriptor = descriptors.find((link) => isWithin(at, link))
  if (descriptor !== undefined) {
    return { kind: 'reaches', route: 'descriptor', at: `/${descriptor.join('/')}` }
  }
  const runtime = model.containerRuntimeSockets.find((socket) => overlaps(at, socket))
  if (runtime !== undefined) return { kind: 'containerRuntime', at: `/${runtime.join('/')}` }
  const folder = model.nodeFolders.find((candidate) => showsFolder(at, candidate))
  return folder === undefined
    ? { kind: 'harmless' }
    : { kind: 'nodeFolder', at: `/${folder.join('/')}` }
}

/**
 * A folder of the root, such as /etc, holds so much else that half of all node agents mount one: it counts only
 * where it is on the list itself.
 */
function showsFolder(at: readonly string[], folder: readonly string[]): boolean {
  return isWithin(at, folder) || (at.length > 1 && isWithin(folder, at))
}
