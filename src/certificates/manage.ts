import { setTimeout as sleep } from 'node:timers/promises'
import type { CertificatesConfig } from '../config/config.ts'
import { type Certificate, readCertificates } from './certificate.ts'
import type { KeyPair, KeyPairSource } from './key-pair.ts'
import { isPublished, mayServe, nextStep, wantedBundle } from './plan.ts'
import { makeCa, makeLeaf } from './self-signed.ts'
import { type CertificateState, liveCas, readState, writeState } from './state.ts'
import type { CertificateStore, StoredSecret } from './store.ts'

/** What the manager works with. */
export interface ManageDeps {
  readonly store: CertificateStore
  readonly config: Pick<CertificatesConfig, 'dnsNames' | 'leafLifetime' | 'caLifetime'>
  readonly info: (message: string) => void
  readonly warn: (message: string) => void
  readonly now?: () => number
}

/** Milliseconds between looks, and at most between tries while the API server is away. */
const longestInterval = 2000
const longestBackoff = 10_000

/** Milliseconds after a change of our own, or of another replica that was faster. */
const shortestInterval = 50

/** Milliseconds that API servers get to read a changed configuration (their informers take well under a second). */
const longestSettle = 5000

/** What one replica remembers between looks. */
interface Memory {
  pair: KeyPair | undefined
  missing: string
  publishedSince: { readonly fingerprint: string; readonly time: number } | undefined
  complaint: string
  failures: number
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
    missing: 'no certificate yet',
    publishedSince: undefined,
    complaint: '',
    failures: 0
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
  while (!signal.aborted) {
    const changed = await look(deps, memory, serve)
    const wait = changed
      ? shortestInterval
      : Math.min(interval * 2 ** memory.failures, longestBackoff)
    // Replicas that failed together do not come back together.
    const jitter = memory.failures === 0 ? 1 : 0.5 + Math.random()
    await sleep(wait * jitter, undefined, { signal }).catch(() => undefined)
  }
}

/** One look and at most one change of the Secret; true where another look is due at once. */
async function look(
  deps: ManageDeps,
  memory: Memory,
  serve: (pair: KeyPair) => void
): Promise<boolean> {
  try {
    const changed = await reconcile(deps, memory, serve)
    memory.complaint = ''
    memory.failures = 0
    return changed
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    if (why !== memory.complaint) deps.warn(`certificates: ${why}: trying again`)
    memory.complaint = why
    memory.failures = Math.min(memory.failures + 1, 5)
    if (memory.pair === undefined) memory.missing = why
    return false
  }
}

async function reconcile(
  deps: ManageDeps,
  memory: Memory,
  serve: (pair: KeyPair) => void
): Promise<boolean> {
  const now = (deps.now ?? Date.now)()
  const secret = await deps.store.readSecret()
  const state = readState(secret?.data ?? {})
  const bundles = await repairBundles(deps, state, now)
  if (bundles === undefined) return true
  const seen = bundles.flat()
  const newest = state.cas.at(-1)
  memory.publishedSince = publishedSince(memory, newest, bundles, now)
  const since = memory.publishedSince?.time
  const settle = Math.min(longestSettle, deps.config.leafLifetime * 50)
  offer(memory, state, bundles, serve, {
    settled: since !== undefined && now - since >= settle,
    now
  })
  const { dnsNames } = deps.config
  const step = nextStep({ state, bundles, now, publishedSince: since, settle, dnsNames })
  if (step === 'none') return false
  const next =
    step === 'makeCa'
      ? await withNewCa(deps, state, seen, now)
      : await withNewLeaf(deps, state, now)
  const written = await write(deps.store, secret, next)
  if (written) deps.info(step === 'makeCa' ? 'made a new CA' : 'signed a new certificate')
  return true
}

/** Serves the Secret's leaf when its CA is published; a replica that has a pair gives API servers time to see it. */
function offer(
  memory: Memory,
  state: CertificateState,
  bundles: readonly (readonly Certificate[])[],
  serve: (pair: KeyPair) => void,
  { settled, now }: { readonly settled: boolean; readonly now: number }
): void {
  if (!mayServe(state, bundles) || state.leaf === undefined) {
    memory.missing = 'the caBundle of a webhook does not hold our CA yet'
    return
  }
  memory.missing = ''
  const [current] = readCertificates(memory.pair?.cert ?? '')
  const isUrgent = current === undefined || current.notAfter <= now
  if (isUrgent || settled) serve(state.leaf.pair)
}

function publishedSince(
  memory: Memory,
  newest: Certificate | undefined,
  bundles: readonly (readonly Certificate[])[],
  now: number
): Memory['publishedSince'] {
  if (newest === undefined || !isPublished(newest, bundles)) return undefined
  const { fingerprint } = newest
  return memory.publishedSince?.fingerprint === fingerprint
    ? memory.publishedSince
    : { fingerprint, time: now }
}

/** Writes every caBundle that is not as it should be; answers what all hold, undefined where somebody was faster. */
async function repairBundles(
  { store, info }: ManageDeps,
  state: CertificateState,
  now: number
): Promise<readonly (readonly Certificate[])[] | undefined> {
  const held: (readonly Certificate[])[] = []
  for (const stored of await store.readBundles()) {
    const before = stored.caBundles.map(readCertificates)
    const wanted =
      state.cas.length === 0 ? before : before.map((bundle) => wantedBundle(bundle, state, now))
    held.push(...wanted)
    const texts = wanted.map((bundle) => bundle.map(({ pem }) => pem).join(''))
    if (state.cas.length === 0 || texts.every((text, i) => text === stored.caBundles[i])) continue
    if (!(await store.writeBundles(stored, texts))) return undefined
    info(`wrote the caBundle of ${stored.configuration}`)
  }
  return held
}

/** A new CA beside all that are known to live, in the Secret or in a caBundle; without a leaf, one to begin with. */
async function withNewCa(
  deps: ManageDeps,
  state: CertificateState,
  seen: readonly Certificate[],
  now: number
): Promise<CertificateState> {
  const ca = await makeCa({ now, lifetime: deps.config.caLifetime })
  const cas = [...liveCas([...seen, ...state.cas], now), ...readCertificates(ca.cert)]
  const next = { ...state, cas, caKey: ca.key }
  return state.leaf === undefined ? withNewLeaf(deps, next, now) : next
}

/** A leaf by the newest CA that does not outlive it. */
async function withNewLeaf(
  { config }: ManageDeps,
  state: CertificateState,
  now: number
): Promise<CertificateState> {
  const ca = state.cas.at(-1)
  if (ca === undefined) return state
  const lifetime = Math.min(config.leafLifetime, Math.floor((ca.notAfter - now) / 1000))
  const pair = await makeLeaf({ cert: ca.pem, key: state.caKey }, config.dnsNames, {
    now,
    lifetime
  })
  const [certificate] = readCertificates(pair.cert)
  return certificate === undefined
    ? state
    : { ...state, cas: liveCas(state.cas, now), leaf: { certificate, pair } }
}

function write(
  store: CertificateStore,
  secret: StoredSecret | undefined,
  state: CertificateState
): Promise<boolean> {
  const data = writeState(state)
  return secret === undefined
    ? store.createSecret(data)
    : store.replaceSecret(data, secret.resourceVersion)
}
