/** How Node runs the server: chosen by measurement (docs/decisions/0181, 0183 and 0184). */
export const flags: readonly string[] = [
  '--max-semi-space-size=4',
  '--no-parallel-scavenge',
  '--no-maglev'
]

/**
 * What the chart adds for its pods, as NODE_OPTIONS: V8 would take half of a pod's limit before it must collect
 * (docs/decisions/0184). Not the image's own, as `check` may be given a list of 64 MiB.
 */
export const heapLimit = '--max-old-space-size=160'

/**
 * How glibc gives it memory (mallopt(3)). One arena: each of Node's threads would have its own, ten megabytes that are never
 * used again. Bounds that do not grow: what a large body took goes back to the system.
 */
export const environment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072'
}
