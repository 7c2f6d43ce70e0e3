import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import type { KeyPair } from './key-pair.ts'

/** A certificate's time: `now` and lifetime in milliseconds since the epoch and in seconds. */
export interface Validity {
  readonly now: number
  readonly lifetime: number
}

/** Clocks of nodes differ: a certificate is valid five minutes before it was made, or a tenth of a short life. */
const backdate = (lifetime: number): number => Math.min(300_000, lifetime * 100)

/**
 * Loaded when a certificate is made, which most replicas never do: half a megabyte of program, for a library of ASN.1.
 * It is CommonJS, of which a bundle has the default export alone.
 */
const loadGenerate = async (): Promise<typeof import('selfsigned').generate> =>
  (await import('selfsigned')).default.generate

/** Every pair is ECDSA P-256, signed with SHA-256. */
const algorithm = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const

const period = ({ now, lifetime }: Validity): { notBeforeDate: Date; notAfterDate: Date } => ({
  notBeforeDate: new Date(now - backdate(lifetime)),
  notAfterDate: new Date(now + lifetime * 1000)
})

/**
 * Makes a CA. Its name is unique: while two CAs stand in one caBundle, a verifier finds the right one by the
 * issuer's name.
 */
export async function makeCa(validity: Validity): Promise<KeyPair> {
  const value = `spiffe-webhook CA ${randomBytes(8).toString('hex')}`
  const generate = await loadGenerate()
  const made = await generate([{ name: 'commonName', value }], {
    ...algorithm,
    ...period(validity),
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true }
    ]
  })
  return { cert: made.cert, key: made.private }
}

/** Makes a serving certificate for DNS names and IP addresses, signed by `ca`. */
export async function makeLeaf(
  ca: KeyPair,
  names: readonly string[],
  validity: Validity
): Promise<KeyPair> {
  const generate = await loadGenerate()
  const made = await generate([{ name: 'commonName', value: 'spiffe-webhook' }], {
    ...algorithm,
    ...period(validity),
    ca: { cert: ca.cert, key: ca.key },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) =>
          isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name }
        )
      }
    ]
  })
  return { cert: made.cert, key: made.private }
}
