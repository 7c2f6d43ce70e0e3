import { segments } from '../host-paths/clean.ts'
import type { VolumeMount } from '../kubernetes/pod.ts'

/** A relative path, an empty, `.` or `..` segment, or a slash at the end: all that cleaning would change. */
const unclean = /^[^/]|\/\.{0,2}(?:\/|$)/

/** The kubelet puts a slash in front of a relative path (kubelet_pods.go makeMounts); the runtime resolves `..`. */
function clean(path: string): string {
  if (!unclean.test(path)) return path
  const at: string[] = []
  for (const segment of segments(path)) {
    if (segment === '..') at.pop()
    else at.push(segment)
  }
  return `/${at.join('/')}`
}

/**
 * Kubernetes compares mount paths as strings; the node does not: `run/x/` and `/run/x` are one place. Few
 * mounts hold the last segment at all, so the others are not cleaned.
 */
const cleanIfNear = ({ mountPath }: VolumeMount, last: string): string =>
  mountPath.includes(last) ? clean(mountPath) : ''

const lastSegment = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Picks the mounts that are at `path`, however they spell it. */
export function mountsAt(path: string): (mount: VolumeMount) => boolean {
  const wanted = clean(path)
  const last = lastSegment(wanted)
  return (mount) => cleanIfNear(mount, last) === wanted
}

/** Picks the mounts that are at `path` or below it: they hide what is mounted there. */
export function mountsAtOrBelow(path: string): (mount: VolumeMount) => boolean {
  const wanted = clean(path)
  const last = lastSegment(wanted)
  return (mount) => {
    const at = cleanIfNear(mount, last)
    return at === wanted || at.startsWith(`${wanted}/`)
  }
}
