import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyPair, KeyPairSource } from './key-pair.ts'
import { type Memory, noCertificate, type ReconcileDeps, reconcile } from './reconcile.ts'

/** What the manager works with. */
export interface ManageDeps extends ReconcileDeps {
  readonly warn: (message: string) => void
}

/** Milliseconds between looks, and at most between tries while the API server is away. */
const longestInterval = 2000
const longestBackoff = 10_000

/** Milliseconds after a change of our own, or of another replica that was faster; twice as many after each more. */
const shortestInterval = 50

/** How the looks went so far. */
interface Course {
  complaint: string
  /** In a row: looks that failed, and looks that were followed by another at once. */
  failures: number
  changes: number
}

/**
 * Keeps CA and leaf in one Secret, renews both, and keeps the caBundles true; serves the Secret's leaf once its
 * CA is in every caBundle. Never throws: while the API server is away the pair in use stays.
 */
export function manage(deps: ManageDeps): KeyPairSource {
  const { leafLifetime } = deps.config
  const interval = Math.min(longestInterval, Math.max(100, leafLifetime * 20))
  const listeners = new Set<(pair: KeyPair) => void>()
  const stopping = new AbortController()
  const memory: Memory = {
    pair: undefined,
    missing: noCertificate,
    publishedSince: undefined,
    bundles: undefined
  }
  const serve = (pair: KeyPair): void => {
    const isFirst = memory.pair === undefined
    if (memory.pair?.cert === pair.cert) return
    memory.pair = pair
    if (!isFirst) for (const listener of listeners) listener(pair)
  }
  const ended = loop(deps, memory, serve, { interval, signal: stopping.signal })
  return {
    current: () => memory.pair,
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    notReady: () => (memory.missing === '' ? [] : [memory.missing]),
    stop: async () => {
      stopping.abort()
      await ended
    }
  }
}

interface Pace {
  readonly interval: number
  readonly signal: AbortSignal
}

async function loop(
  deps: ManageDeps,
  memory: Memory,
  serve: (pair: KeyPair) => void,
  { interval, signal }: Pace
): Promise<void> {
  const course: Course = { complaint: '', failures: 0, changes: 0 }
  while (!signal.aborted) {
    const changed = await look(deps, memory, course, serve)
    const wait = changed
      ? Math.min(shortestInterval * 2 ** course.changes, interval)
      : Math.min(interval * 2 ** course.failures, longestBackoff)
    course.changes = changed ? course.changes + 1 : 0
    // Replicas that failed together do not come back together.
    const jitter = course.failures === 0 ? 1 : 0.5 + Math.random()
    await sleep(wait * jitter, undefined, { signal }).catch(() => undefined)
  }
}

/** One look and at most one change of the Secret; true where another look is due at once. */
async function look(
  deps: ManageDeps,
  memory: Memory,
  course: Course,
  serve: (pair: KeyPair) => void
): Promise<boolean> {
  try {
    const changed = await reconcile(deps, memory, serve)
    course.complaint = ''
    course.failures = 0
    return changed
  } catch (error) {
    deps.counts?.certificateFailed()
    const why = error instanceof Error ? error.message : String(error)
    if (why !== course.complaint) deps.warn(`certificates: ${why}: trying again`)
    course.complaint = why
    course.failures = Math.min(course.failures + 1, 5)
    if (memory.pair === undefined) memory.missing = why
    return false
  }
}
