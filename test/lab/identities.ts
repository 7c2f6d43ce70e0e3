import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type KeyPair, makeAuthority, makeTokenKeys, type Subject, sign } from './certificates.ts'

/** The certificate authority of a cluster and what it has signed, in memory and as files. */
export interface Identities {
  readonly ca: KeyPair
  readonly admin: KeyPair
  readonly file: (name: string) => string
  readonly save: (name: string, subject: Subject) => Promise<KeyPair>
  /** Signs a client certificate and writes a kubeconfig that holds it. */
  readonly kubeconfig: (name: string, subject: Subject, server: string) => Promise<string>
  readonly writeKubeconfig: (name: string, server: string, user: KubeconfigUser) => string
}

/** How a kubeconfig proves who its user is. */
export type KubeconfigUser = KeyPair | { readonly token: string }

const base64 = (pem: string): string => Buffer.from(pem).toString('base64')

const credentials = (user: KubeconfigUser): Record<string, string> =>
  'token' in user
    ? user
    : { 'client-certificate-data': base64(user.cert), 'client-key-data': base64(user.key) }

const renderKubeconfig = (server: string, ca: string, user: KubeconfigUser): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: 'test', user: credentials(user) }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test'
  })

/** Makes a new authority in a folder, with the keys for ServiceAccount tokens beside it. */
export const makeIdentities = async (folder: string): Promise<Identities> => {
  const file = (name: string): string => join(folder, name)
  const ca = await makeAuthority()
  const write = (name: string, pair: KeyPair): KeyPair => {
    writeFileSync(file(`${name}.crt`), pair.cert)
    writeFileSync(file(`${name}.key`), pair.key, { mode: 0o600 })
    return pair
  }
  const save = async (name: string, subject: Subject): Promise<KeyPair> =>
    write(name, await sign(ca, subject))
  const tokens = makeTokenKeys()
  write('ca', ca)
  writeFileSync(file('tokens.pub'), tokens.public)
  writeFileSync(file('tokens.key'), tokens.private, { mode: 0o600 })
  const writeKubeconfig: Identities['writeKubeconfig'] = (name, server, user) => {
    const path = file(`${name}.kubeconfig`)
    writeFileSync(path, renderKubeconfig(server, ca.cert, user), { mode: 0o600 })
    return path
  }
  return {
    ca,
    admin: await save('admin', { user: 'admin', group: 'system:masters' }),
    file,
    save,
    kubeconfig: async (name, subject, server) =>
      writeKubeconfig(name, server, await sign(ca, subject)),
    writeKubeconfig
  }
}
