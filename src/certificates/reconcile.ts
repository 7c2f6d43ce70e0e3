import type { CertificatesConfig } from '../config/config.ts'
import { type Certificate, readCertificates } from './certificate.ts'
import type { KeyPair } from './key-pair.ts'
import { isHeld, isPublished, mayServe, nextStep, wantedBundle } from './plan.ts'
import { makeCa, makeLeaf } from './self-signed.ts'
import { type CertificateState, liveCas, readState, writeState } from './state.ts'
import type { CertificateStore, StoredSecret } from './store.ts'

/** What is counted of certificates. */
export interface CertificateCounts {
  /** The Secret or a configuration could not be read or written. */
  readonly certificateFailed: () => void
  /** A configuration lost our CA and was written again. */
  readonly caBundleRepaired: (configuration: string) => void
}

/** What a look works with. */
export interface ReconcileDeps {
  readonly store: CertificateStore
  readonly config: Pick<CertificatesConfig, 'dnsNames' | 'leafLifetime' | 'caLifetime'>
  readonly info: (message: string) => void
  readonly counts?: CertificateCounts
  readonly now?: () => number
}

/** What one replica remembers between looks. */
export interface Memory {
  pair: KeyPair | undefined
  /** Why the replica is not ready, or empty. */
  missing: string
  publishedSince: { readonly fingerprint: string; readonly time: number } | undefined
  /** What the caBundles held when they could last be read. */
  bundles: readonly (readonly Certificate[])[] | undefined
}

/** What is missing before there is a pair. */
export const noCertificate = 'no certificate yet'

/** Milliseconds that API servers get to read a changed configuration (their informers take well under a second). */
const longestSettle = 5000

/**
 * One look at the Secret and the caBundles, and at most one change of the Secret; true where another look is due at
 * once. `serve` hears of the pair that may be served now. Throws where the store does: last where a configuration
 * cannot be read, so that the CA that was published before still renews its leaf.
 */
export async function reconcile(
  deps: ReconcileDeps,
  memory: Memory,
  serve: (pair: KeyPair) => void
): Promise<boolean> {
  const now = (deps.now ?? Date.now)()
  const secret = await deps.store.readSecret()
  const state = readState(secret?.data ?? {})
  const { bundles, fault } = await readBundles(deps, memory, state, now)
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
  if (step === 'none') {
    if (fault !== undefined) throw fault
    return false
  }
  const next =
    step === 'makeCa'
      ? await withNewCa(deps, state, seen, now)
      : await withNewLeaf(deps, state, now)
  const written = await write(deps.store, secret, next)
  if (written) deps.info(step === 'makeCa' ? 'made a new CA' : 'signed a new certificate')
  return true
}

/** Serves the Secret's leaf, once API servers had time to see its CA; at once where they refuse the pair in use. */
function offer(
  memory: Memory,
  { leaf }: CertificateState,
  bundles: readonly (readonly Certificate[])[],
  serve: (pair: KeyPair) => void,
  { settled, now }: { readonly settled: boolean; readonly now: number }
): void {
  const inUse = (): Certificate | undefined => readCertificates(memory.pair?.cert ?? '')[0]
  if (leaf !== undefined && mayServe(leaf.certificate, bundles, now)) {
    if (settled || !mayServe(inUse(), bundles, now)) serve(leaf.pair)
  }
  const served = inUse()
  memory.missing = served === undefined ? noCertificate : unpublished(served, bundles)
}

const unpublished = (leaf: Certificate, bundles: readonly (readonly Certificate[])[]): string =>
  isHeld(leaf, bundles) ? '' : 'the caBundle of a webhook does not hold our CA yet'

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

/** What all caBundles hold: now, or when they could last be read; neither where somebody was faster. */
async function readBundles(
  deps: ReconcileDeps,
  memory: Memory,
  state: CertificateState,
  now: number
): Promise<{ readonly bundles: Memory['bundles']; readonly fault?: Error }> {
  try {
    const { publishedSince } = memory
    const wasPublished =
      publishedSince !== undefined && publishedSince.fingerprint === state.cas.at(-1)?.fingerprint
    const wrote = wasPublished ? deps.counts?.caBundleRepaired : undefined
    const bundles = await repairBundles(deps, state, now, wrote)
    memory.bundles = bundles ?? memory.bundles
    return { bundles }
  } catch (error) {
    if (memory.bundles === undefined) throw error
    const fault = error instanceof Error ? error : new Error(String(error))
    return { bundles: memory.bundles, fault }
  }
}

/** Writes every caBundle that is not as it should be, and calls `wrote` for each; answers what all hold, undefined where somebody was faster. */
async function repairBundles(
  { store, info }: ReconcileDeps,
  state: CertificateState,
  now: number,
  wrote: ((configuration: string) => void) | undefined
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
    wrote?.(stored.configuration)
    info(`wrote the caBundle of ${stored.configuration}`)
  }
  return held
}

/** A new CA beside all that are known to live, in the Secret or in a caBundle; without a leaf, one to begin with. */
async function withNewCa(
  deps: ReconcileDeps,
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
  { config }: ReconcileDeps,
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
