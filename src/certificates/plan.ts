import { isIP } from 'node:net'
import { type Certificate, renewalTime, signedBy } from './certificate.ts'
import { type CertificateState, liveCas } from './state.ts'

/** What one replica sees; times are milliseconds since the epoch. */
export interface Facts {
  readonly state: CertificateState
  /** The CAs in the caBundle of every webhook entry; no entry at all means nothing to wait for. */
  readonly bundles: readonly (readonly Certificate[])[]
  readonly now: number
  /** Since when this replica has seen the newest CA in every entry; undefined where it does not. */
  readonly publishedSince: number | undefined
  /** How long API servers may take to read a changed configuration, in milliseconds. */
  readonly settle: number
  /** What a leaf must be valid for. */
  readonly dnsNames: readonly string[]
}

/**
 * The next change of the Secret. `makeCa` publishes a new CA beside the others and takes over its key; the leaf
 * in service stays, unless there is none. `signLeaf` has the newest CA sign.
 */
export type Step = 'makeCa' | 'signLeaf' | 'none'

/**
 * Decides from what is seen alone, so any number of replicas agree without a leader: whoever writes first wins,
 * the others read again. A leaf is signed by a CA only after every caBundle has held that CA for a while, and a CA
 * leaves a caBundle only when it has expired: so whatever leaf a replica still serves, it verifies.
 */
export function nextStep(facts: Facts): Step {
  const { state, now, publishedSince, settle, dnsNames } = facts
  const newest = state.cas.at(-1)
  if (newest === undefined || state.caKey === '' || renewalTime(newest) <= now) return 'makeCa'
  const leaf = state.leaf?.certificate
  if (leaf === undefined || leaf.notAfter <= now) return 'signLeaf'
  const isFresh =
    leaf.notBefore <= now &&
    renewalTime(leaf) > now &&
    signedBy(leaf, newest) &&
    dnsNames.every((name) => covers(leaf, name))
  if (isFresh) return 'none'
  return publishedSince !== undefined && now - publishedSince >= settle ? 'signLeaf' : 'none'
}

function covers({ x509 }: Certificate, name: string): boolean {
  return (isIP(name) === 0 ? x509.checkHost(name) : x509.checkIP(name)) !== undefined
}

/** What a caBundle must hold: all of the Secret's CAs, and every CA of ours that it holds already and that lives. */
export function wantedBundle(
  bundle: readonly Certificate[],
  state: CertificateState,
  now: number
): readonly Certificate[] {
  return liveCas([...bundle, ...state.cas], now)
}

/** True where every entry holds the CA. */
export function isPublished(
  ca: Certificate,
  bundles: readonly (readonly Certificate[])[]
): boolean {
  return bundles.every((bundle) => bundle.some(({ fingerprint }) => fingerprint === ca.fingerprint))
}

/** True where every entry holds the CA that signed the leaf. */
export function isHeld(leaf: Certificate, bundles: Facts['bundles']): boolean {
  return bundles.every((bundle) => bundle.some((ca) => signedBy(leaf, ca)))
}

/** True where API servers take the leaf: it is valid now, and its CA is in every caBundle. */
export function mayServe(
  leaf: Certificate | undefined,
  bundles: Facts['bundles'],
  now: number
): boolean {
  return leaf !== undefined && isValid(leaf, now) && isHeld(leaf, bundles)
}

const isValid = ({ notBefore, notAfter }: Certificate, now: number): boolean =>
  notBefore <= now && now < notAfter
