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
  readonly kubeconfig: (name: string, subject: Subject, server: string) => Promise<string>
}

const base64 = (pem: string): string => Buffer.from(pem).toString('base64')

const renderKubeconfig = (server: string, ca: string, user: KeyPair): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [
      {
        name: 'test',
        user: {
          'client-certificate-data': base64(user.cert),
          'client-key-data': base64(user.key)
        }
      }
    ],
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
  const admin = await save('admin', { user: 'admin', group: 'system:masters' })
  return {
    ca,
    admin,
    file,
    save,
    kubeconfig: async (name, subject, server) => {
      const path = file(`${name}.kubeconfig`)
      writeFileSync(path, renderKubeconfig(server, ca.cert, await sign(ca, subject)), {
        mode: 0o600
      })
      return path
    }
  }
}
