import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import type { Cluster } from '../../lab/cluster.ts'
import { freePort } from '../../lab/ports.ts'
import { type SpireServer, startSpireServer } from '../spire.ts'

/** Another trust domain, with a SPIRE server of its own and services outside of the cluster. */
export interface Partner {
  readonly trustDomain: string
  readonly spire: SpireServer
  /** Asks a pod's Envoy over TLS as `spiffe://<its trust domain>/client`: status and body, or why not. */
  readonly ask: (host: string, ca: string, serverId: string) => Promise<string>
  /** Serves as `spiffe://<its trust domain>/server` those whom this CA signed, and tells each its own name. */
  readonly serve: (address: string, ca: string) => Promise<number>
}

interface Svid {
  readonly cert: string
  readonly key: string
}

async function mint(cluster: Cluster, spire: SpireServer, id: string): Promise<Svid> {
  await spire.ask('x509', 'mint', '-spiffeID', id, '-write', cluster.folder)
  const read = (file: string): string => readFileSync(join(cluster.folder, file), 'utf8')
  return { cert: read('svid.pem'), key: read('key.pem') }
}

function ask(svid: Svid, host: string, ca: string, serverId: string): Promise<string> {
  // The certificate has a SPIFFE ID and no host name.
  const checkServerIdentity = (_host: string, { subjectaltname }: PeerCertificate) =>
    subjectaltname === `URI:${serverId}` ? undefined : new Error(`another: ${subjectaltname}`)
  const createConnection = (): TLSSocket =>
    connect({ host, port: 8080, ca, ...svid, ALPNProtocols: ['http/1.1'], checkServerIdentity })
  return new Promise((resolve) => {
    const sent = request({ host, path: '/', createConnection, timeout: 5000 }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve(`${response.statusCode} ${body}`))
    })
    sent.once('timeout', () => sent.destroy(new Error('timeout')))
    sent.once('error', (error) => resolve(error.message))
    sent.end()
  })
}

async function serve(cluster: Cluster, svid: Svid, address: string, ca: string): Promise<number> {
  const port = await freePort()
  const options = {
    ...{ ...svid, ca, requestCert: true, rejectUnauthorized: true },
    // Sidecars offer names of Istio's own, and Node hangs up on names that it does not know.
    ALPNCallback: ({ protocols }: { protocols: string[] }) => protocols[0]
  }
  const server = createServer(options, ({ socket }, response) => {
    response.end((socket as TLSSocket).getPeerCertificate().subjectaltname)
  })
  await new Promise<void>((resolve) => server.listen(port, address, resolve))
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
  }
  await cluster.add({ start: async () => undefined, stop })
  return port
}

/** Starts the SPIRE server of another trust domain. */
export async function startPartner(cluster: Cluster, trustDomain: string): Promise<Partner> {
  const spire = await startSpireServer(cluster, trustDomain)
  const client = await mint(cluster, spire, `spiffe://${trustDomain}/client`)
  const server = await mint(cluster, spire, `spiffe://${trustDomain}/server`)
  return {
    trustDomain,
    spire,
    ask: (host, ca, serverId) => ask(client, host, ca, serverId),
    serve: (address, ca) => serve(cluster, server, address, ca)
  }
}
