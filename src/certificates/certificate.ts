import { createPrivateKey, X509Certificate } from 'node:crypto'

/** One parsed certificate; times are milliseconds since the epoch. */
export interface Certificate {
  readonly pem: string
  /** SHA-256 of the DER form: what makes two certificates the same. */
  readonly fingerprint: string
  readonly commonName: string
  readonly notBefore: number
  readonly notAfter: number
  readonly x509: X509Certificate
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Every certificate of a PEM text that can be read; anything else in it is passed over. */
export function readCertificates(pem: string): readonly Certificate[] {
  return [...pem.matchAll(block)].flatMap(([text]) => {
    try {
      const x509 = new X509Certificate(text)
      return [
        {
          pem: `${text}\n`,
          fingerprint: x509.fingerprint256,
          commonName: /^CN=(.*)$/m.exec(x509.subject)?.[1] ?? '',
          notBefore: Date.parse(x509.validFrom),
          notAfter: Date.parse(x509.validTo),
          x509
        }
      ]
    } catch {
      return []
    }
  })
}

/** True where `key` (PEM) is the private half of the certificate. */
export function belongs(certificate: Certificate, key: string): boolean {
  try {
    return certificate.x509.checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

/** True where `ca` signed the certificate. */
export function signedBy(certificate: Certificate, ca: Certificate): boolean {
  return certificate.x509.checkIssued(ca.x509) && certificate.x509.verify(ca.x509.publicKey)
}

/** Two thirds of a certificate's life, the age at which it is renewed: milliseconds since the epoch. */
export function renewalTime({ notBefore, notAfter }: Certificate): number {
  return notBefore + ((notAfter - notBefore) * 2) / 3
}
