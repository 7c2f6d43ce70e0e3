import { readFileSync } from 'node:fs'
import type { SecureContextOptions, TlsOptions } from 'node:tls'
import { readCertificates } from '../certificates/certificate.ts'
import type { KeyPair } from '../certificates/key-pair.ts'
import type { ServerConfig } from '../config/config.ts'

/** TLS 1.3 with this pair; callers must show a certificate where the configuration names a CA for them. */
export function secureOptions(
  { clientCa }: ServerConfig,
  pair: KeyPair
): SecureContextOptions & TlsOptions {
  const minVersion = 'TLSv1.3'
  if (clientCa === undefined) return { ...pair, minVersion }
  const ca = readClientCa(clientCa)
  return { ...pair, minVersion, ca, requestCert: true, rejectUnauthorized: true }
}

/** The CA that callers answer to. Node takes a file without one for a CA that nobody is signed by, so it is told here. */
export function readClientCa(file: string): string {
  const text = readText(file)
  if (readCertificates(text).length > 0) return text
  throw new Error(`server.clientCa: ${file} holds no certificate: name a PEM file of a CA`)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`server.clientCa: ${file} cannot be read (${why})`, { cause: error })
  }
}
