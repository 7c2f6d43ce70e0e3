import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import type { KeyPair } from '../../lab/certificates.ts'
import type { Cluster } from '../../lab/cluster.ts'

const extensions = [
  { name: 'basicConstraints' as const, cA: true, critical: true },
  { name: 'keyUsage' as const, keyCertSign: true, cRLSign: true, critical: true }
]
const ecdsa = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const

async function authority(name: string, ca?: KeyPair): Promise<KeyPair> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    ...ecdsa,
    extensions,
    ...(ca === undefined ? {} : { ca })
  })
  return { cert, key }
}

/** A root that may sign authorities. Roots that one Envoy trusts need names of their own: it looks an issuer up by name. */
export const makeRoot = (name = 'mesh-root'): Promise<KeyPair> => authority(name)

/** PEM files of an intermediate authority under a root. */
export interface AuthorityFiles {
  readonly certificate: string
  readonly key: string
  readonly bundle: string
}

/** Makes an intermediate authority under the root and writes its files. */
export async function writeAuthority(
  root: KeyPair,
  folder: string,
  name: string
): Promise<AuthorityFiles> {
  const { cert, key } = await authority(name, root)
  const write = (file: string, pem: string): string => {
    const path = join(folder, `${name}-${file}.pem`)
    writeFileSync(path, pem.endsWith('\n') ? pem : `${pem}\n`, { mode: 0o600 })
    return path
  }
  return {
    certificate: write('cert', cert),
    key: write('key', key),
    bundle: write('root', root.cert)
  }
}

/** Makes istiod sign with this authority (its plugged-in certificate) and hand out these roots. */
export async function plugIn(
  { kubectl }: Cluster,
  { certificate, key, bundle }: AuthorityFiles,
  roots: readonly string[] = [readFileSync(bundle, 'utf8')]
): Promise<void> {
  const read = (file: string): string => readFileSync(file, 'utf8')
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'cacerts', namespace: 'istio-system' },
    stringData: {
      'ca-cert.pem': read(certificate),
      'ca-key.pem': read(key),
      'cert-chain.pem': read(certificate),
      'root-cert.pem': roots.join('')
    }
  }
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(secret) })
}
