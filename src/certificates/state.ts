import { belongs, type Certificate, readCertificates, signedBy } from './certificate.ts'
import type { KeyPair } from './key-pair.ts'

/**
 * What the Secret holds, under the keys of a kubernetes.io/tls Secret and cert-manager's ca.crt: the leaf in
 * service, every CA that is published, and the key of the newest one.
 */
export interface CertificateState {
  /** Oldest first; the last one signs. */
  readonly cas: readonly Certificate[]
  /** Key of the last CA. */
  readonly caKey: string
  readonly leaf: { readonly certificate: Certificate; readonly pair: KeyPair } | undefined
}

/** Every CA of ours carries this in front of its common name; others, in a caBundle or in the Secret, are not kept. */
const caNamePrefix = 'spiffe-webhook CA '

const isOurs = ({ commonName }: Certificate): boolean => commonName.startsWith(caNamePrefix)

/** Reads a Secret's data, decoded; what is corrupted or another's counts as absent, so a plan can mend it. */
export function readState(data: Readonly<Record<string, string>>): CertificateState {
  const cas = readCertificates(data['ca.crt'] ?? '').filter(isOurs)
  const last = cas.at(-1)
  const caKey = data['ca.key'] ?? ''
  const [certificate] = readCertificates(data['tls.crt'] ?? '')
  const pair = { cert: data['tls.crt'] ?? '', key: data['tls.key'] ?? '' }
  const isLeaf =
    certificate !== undefined &&
    belongs(certificate, pair.key) &&
    cas.some((ca) => signedBy(certificate, ca))
  return {
    cas,
    caKey: last !== undefined && belongs(last, caKey) ? caKey : '',
    leaf: isLeaf ? { certificate, pair } : undefined
  }
}

/** The data of the Secret that holds this state. */
export function writeState({ cas, caKey, leaf }: CertificateState): Record<string, string> {
  return {
    'ca.crt': cas.map(({ pem }) => pem).join(''),
    'ca.key': caKey,
    'tls.crt': leaf?.pair.cert ?? '',
    'tls.key': leaf?.pair.key ?? ''
  }
}

/** Without repetition, and without those that have expired: nothing they signed can be valid any more. */
export function liveCas(cas: readonly Certificate[], now: number): readonly Certificate[] {
  const known = new Map(cas.map((ca) => [ca.fingerprint, ca]))
  return [...known.values()].filter((ca) => ca.notAfter > now && isOurs(ca))
}
