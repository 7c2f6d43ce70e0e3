import { segments } from '../host-paths/clean.ts'
import type { VolumeMount } from '../kubernetes/pod.ts'

/** A place in a container's file system that mounts are compared with. */
export interface Place {
  /** As `placeAt` was given it. */
  readonly path: string
  readonly cleaned: string
  readonly lastSegment: string
}

/** The place of an absolute path, for any number of comparisons. */
export function placeAt(path: string): Place {
  const cleaned = clean(path)
  return { path, cleaned, lastSegment: cleaned.slice(cleaned.lastIndexOf('/') + 1) }
}

/** True for a mount at the place, however it spells it. */
export const isAt = (place: Place, mount: VolumeMount): boolean =>
  cleanIfNear(place, mount) === place.cleaned

/** True for a mount at the place or below it: it hides what is mounted there. */
export function isAtOrBelow(place: Place, mount: VolumeMount): boolean {
  const at = cleanIfNear(place, mount)
  const { length } = place.cleaned
  return at === place.cleaned || (at.startsWith(place.cleaned) && at[length] === '/')
}

/**
 * Kubernetes compares mount paths as strings; the node does not: `run/x/` and `/run/x` are one place. Few mounts are long
 * enough and hold the last segment, so the others, which a review meets a hundred times, are not cleaned.
 */
function cleanIfNear({ cleaned, lastSegment }: Place, { mountPath }: VolumeMount): string {
  // Cleaning adds one slash in front at most.
  if (mountPath.length < cleaned.length - 1) return ''
  return mountPath.includes(lastSegment) ? clean(mountPath) : ''
}

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
