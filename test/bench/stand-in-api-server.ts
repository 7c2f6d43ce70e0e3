import { createServer } from 'node:https'
import { readCertificates } from '../../src/certificates/certificate.ts'
import { makeCa, makeLeaf } from '../../src/certificates/self-signed.ts'
import { writeState } from '../../src/certificates/state.ts'
import { defaultConfig } from '../config/default-config.ts'

const { secret, dnsNames } = defaultConfig.certificates
const encode = (text: string): string => Buffer.from(text).toString('base64')

/** A stand-in for the API server, not one: it answers the reads of mode selfSigned, and refuses everything else. */
export interface StandIn {
  readonly url: string
  /** The CA of its certificate, as PEM. */
  readonly ca: string
  readonly close: () => Promise<unknown>
}

/** Holds what an API server holds once the first replica is ready: the Secret, and its CA in every caBundle. */
export async function startStandIn(): Promise<StandIn> {
  const validity = { now: Date.now(), lifetime: 86_400 }
  const ca = await makeCa({ ...validity, lifetime: 864_000 })
  const pair = await makeLeaf(ca, dnsNames, validity)
  const cas = readCertificates(ca.cert)
  const [certificate] = readCertificates(pair.cert)
  if (certificate === undefined) throw new Error('the leaf that was just made cannot be read')
  const data = writeState({ cas, caKey: ca.key, leaf: { certificate, pair } })
  const metadata = { name: secret.name, namespace: secret.namespace, resourceVersion: '1' }
  const webhooks = [{ name: 'w', clientConfig: { caBundle: encode(data['ca.crt'] ?? '') } }]
  const objects: Readonly<Record<string, object>> = {
    secrets: {
      metadata,
      data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, encode(text)]))
    },
    mutatingwebhookconfigurations: { metadata, webhooks },
    validatingwebhookconfigurations: { metadata, webhooks }
  }
  const own = await makeLeaf(ca, ['127.0.0.1'], validity)
  const server = createServer(own, ({ method, url = '' }, response) => {
    const found = method === 'GET' ? objects[url.split('/').at(-2) ?? ''] : undefined
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ?? { kind: 'Status', code: 404 }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return {
    url: `https://127.0.0.1:${address.port}`,
    ca: ca.cert,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    }
  }
}

/** A kubeconfig for it. */
export const kubeConfigOf = ({ url }: Pick<StandIn, 'url'>): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'stand-in', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'webhook', user: { token: 'none' } }],
    contexts: [{ name: 'stand-in', context: { cluster: 'stand-in', user: 'webhook' } }],
    'current-context': 'stand-in'
  })
