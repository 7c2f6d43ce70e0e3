import { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import type { Pod } from '../../src/kubernetes/pod.ts'
import type { Cluster } from '../lab/cluster.ts'
import { shop } from './sock-shop.ts'

/** A pod as the API server has it. */
export type LivePod = Pod & {
  readonly metadata: { readonly name: string; readonly uid: string }
  readonly status: {
    readonly podIP?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

/** The pods of one application of the shop that are not on their way out. */
export const podsOf = async ({ kubectl }: Cluster, app: string): Promise<readonly LivePod[]> => {
  const { stdout } = await kubectl(['-n', shop, 'get', 'pods', '-l', `app=${app}`, '-o', 'json'])
  const { items } = JSON.parse(stdout) as { items: LivePod[] }
  return items.filter(({ metadata }) => !('deletionTimestamp' in metadata))
}

/** The one pod of an application of the shop. */
export const podOf = async (cluster: Cluster, app: string): Promise<LivePod> => {
  const [pod] = await podsOf(cluster, app)
  if (pod === undefined) throw new Error(`no pod of ${app} in ${shop}`)
  return pod
}

/** Tells whether a pod is Ready. */
export const isReady = ({ status }: LivePod): boolean =>
  status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false

/** Runs a command in a container of the shop and returns what it printed. */
export const inPod = async (
  { kubectl }: Cluster,
  pod: string,
  container: string,
  ...command: string[]
): Promise<string> => {
  const { stdout } = await kubectl(['-n', shop, 'exec', pod, '-c', container, '--', ...command])
  return stdout
}

const get = 'fetch(process.argv[1]).then(async (r) => console.log(r.status + " " + await r.text()))'

/** What an application of the shop gets for an address, asked from inside its pod: status and body. */
export const fetchFrom = async (cluster: Cluster, app: string, url: string): Promise<string> =>
  inPod(cluster, `deploy/${app}`, app, 'node', '-e', get, url)

/** What Envoy's own administration shows of the certificate it presents. */
export interface EnvoyCertificate {
  readonly serial: string
  readonly id: string
  readonly expires: Date
}

interface CertificateDetails {
  readonly serial_number: string
  readonly expiration_time: string
  readonly subject_alt_names?: readonly { readonly uri?: string }[]
}

/** Asks the Envoy of a pod for the certificates that it presents (envoy admin `GET /certs`). */
export const envoyCertificates = async (
  cluster: Cluster,
  pod: string
): Promise<readonly EnvoyCertificate[]> => {
  const asked = ['pilot-agent', 'request', 'GET', 'certs']
  const said = await inPod(cluster, pod, 'istio-proxy', ...asked)
  const { certificates } = JSON.parse(said.slice(said.indexOf('{'))) as {
    certificates: readonly { readonly cert_chain?: readonly CertificateDetails[] }[]
  }
  return certificates
    .flatMap(({ cert_chain }) => cert_chain?.slice(0, 1) ?? [])
    .map((leaf) => ({
      serial: leaf.serial_number,
      id: leaf.subject_alt_names?.[0]?.uri ?? '',
      expires: new Date(leaf.expiration_time)
    }))
}

/** The certificate that a pod's sidecar presents to a stranger, which has none to show. */
export const presentedBy = async (pod: LivePod, port: number): Promise<X509Certificate> =>
  new Promise((resolve, reject) => {
    const host = pod.status.podIP ?? ''
    const options = { host, port, ALPNProtocols: ['istio'], rejectUnauthorized: false }
    const socket = connect(options, () => {
      const certificate = socket.getPeerX509Certificate()
      socket.destroy()
      if (certificate === undefined) reject(new Error(`${host}:${port} showed no certificate`))
      else resolve(new X509Certificate(certificate.raw))
    })
    socket.once('error', reject)
  })
