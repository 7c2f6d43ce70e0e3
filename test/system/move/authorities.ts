import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import type { KeyPair } from '../../lab/certificates.ts'

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

/** A root that may sign authorities. */
export const makeRoot = (): Promise<KeyPair> => authority('mesh-root')

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
