import { generate } from 'selfsigned'
import type { KeyPair } from '../../../src/certificates/key-pair.ts'

const ecdsa = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const
const hour = 3_600_000

/** What a certificate says; times are milliseconds since the epoch. */
export interface Made {
  readonly name: string
  readonly uri?: string | readonly string[]
  /** DNS names, before the URI. */
  readonly names?: readonly string[]
  readonly ip?: string
  readonly by?: KeyPair
  readonly isCa?: boolean
  readonly keyType?: 'ec' | 'rsa'
  readonly from?: number
  readonly to?: number
}

/** Makes a certificate, self-signed or signed by another. */
export async function make(made: Made): Promise<KeyPair> {
  const {
    name,
    uri = [],
    names = [],
    ip,
    by,
    isCa = false,
    keyType = 'ec',
    from = Date.now() - 1000,
    to = Date.now() + hour
  } = made
  const altNames = [
    ...names.map((value) => ({ type: 2 as const, value })),
    ...[uri].flat().map((value) => ({ type: 6 as const, value })),
    ...(ip === undefined ? [] : [{ type: 7 as const, ip }])
  ]
  const pems = await generate([{ name: 'commonName', value: name }], {
    ...ecdsa,
    keyType,
    notBeforeDate: new Date(from),
    notAfterDate: new Date(to),
    ...(by === undefined ? {} : { ca: by }),
    extensions: [
      { name: 'basicConstraints', cA: isCa, critical: true },
      ...(altNames.length === 0 ? [] : [{ name: 'subjectAltName' as const, altNames }])
    ]
  })
  return { cert: `${pems.cert.trim()}\n`, key: pems.private }
}

const base64 = (pem: string): string => Buffer.from(pem).toString('base64')

/** Envoy's answer to `config_dump?resource=dynamic_active_secrets`, as a real one writes it. */
export function dump(chain: string, roots: string): string {
  const secret = (name: string, body: object): object => ({
    '@type': 'type.googleapis.com/envoy.admin.v3.SecretsConfigDump.DynamicSecret',
    name,
    last_updated: '2026-11-24T12:00:00.000Z',
    secret: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
      name,
      ...body
    }
  })
  const leaf = {
    tls_certificate: {
      certificate_chain: { inline_bytes: base64(chain) },
      private_key: { inline_bytes: base64('[redacted]') }
    }
  }
  const trust = { validation_context: { trusted_ca: { inline_bytes: base64(roots) } } }
  return JSON.stringify({ configs: [secret('default', leaf), secret('ROOTCA', trust)] })
}
