import { generateKeyPairSync } from 'node:crypto'
import { generate } from 'selfsigned'

/** A certificate and its private key, both in PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

/** Whom a certificate speaks for, and under which names it may be reached. */
export interface Subject {
  readonly user: string
  readonly group?: string
  readonly dns?: readonly string[]
  readonly ip?: readonly string[]
}

const ecdsa = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const

/** Makes the certificate authority of one cluster. */
export const makeAuthority = async (): Promise<KeyPair> => {
  const pems = await generate([{ name: 'commonName', value: 'test-cluster-ca' }], {
    ...ecdsa,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true }
    ]
  })
  return { cert: pems.cert, key: pems.private }
}

/** Signs a certificate good for both ends of a TLS connection. */
export const sign = async (ca: KeyPair, subject: Subject): Promise<KeyPair> => {
  const attributes = [
    { name: 'commonName', value: subject.user },
    ...(subject.group === undefined ? [] : [{ name: 'organizationName', value: subject.group }])
  ]
  const altNames = [
    ...(subject.dns ?? []).map((value) => ({ type: 2 as const, value })),
    ...(subject.ip ?? []).map((ip) => ({ type: 7 as const, ip }))
  ]
  const pems = await generate(attributes, {
    ...ecdsa,
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      ...(altNames.length === 0 ? [] : [{ name: 'subjectAltName' as const, altNames }])
    ]
  })
  return { cert: pems.cert, key: pems.private }
}

/** Makes the key pair that signs ServiceAccount tokens. */
export const makeTokenKeys = (): { readonly public: string; readonly private: string } => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    public: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    private: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  }
}
