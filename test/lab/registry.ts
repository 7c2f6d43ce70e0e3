import { mkdirSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { buildTools } from './build-tools.ts'
import type { Cluster } from './cluster.ts'
import { daemon } from './daemon.ts'
import { execute } from './execute.ts'
import { registriesFolder } from './node/containerd.ts'
import { freePort } from './ports.ts'
import { tool } from './toolchain.ts'

/** A registry on the cluster's own network, over TLS, that its node pulls from. */
export interface Registry {
  /** Host and port. */
  readonly address: string
  /** Who signed its certificate, for SSL_CERT_FILE of what pushes. */
  readonly authority: string
  /** Copies an OCI archive there with all its architectures, by skopeo, under a name like `x:tag`. */
  readonly push: (archive: string, name: string) => Promise<void>
}

const answers = (url: string, ca: string): Promise<boolean> =>
  new Promise((resolve) => {
    get(url, { ca }, ({ statusCode }) => resolve(statusCode === 200)).once('error', () =>
      resolve(false)
    )
  })

/** The node is told to ask this registry where it would ask one of these hosts. */
function teachNode(
  cluster: Cluster,
  node: string,
  address: string,
  hosts: readonly string[]
): void {
  const { folder, identities } = cluster
  for (const host of [address, ...hosts]) {
    const place = join(registriesFolder(folder, node), host)
    mkdirSync(place, { recursive: true })
    const server = `https://${address}`
    const text = `server = "${server}"\n[host."${server}"]\n  ca = "${identities.file('ca.crt')}"\n`
    writeFileSync(join(place, 'hosts.toml'), text)
  }
}

/** Starts an empty registry, which ends with the cluster. */
export const startRegistry = async (
  cluster: Cluster,
  node: string,
  hosts: readonly string[] = []
): Promise<Registry> => {
  await buildTools(['registry/registry'], cluster.progress)
  const folder = join(cluster.folder, 'registry')
  mkdirSync(folder, { recursive: true })
  const { file, ca } = cluster.identities
  const port = await freePort()
  const address = `${cluster.address}:${port}`
  await cluster.identities.save('registry', { user: 'registry', ip: [cluster.address] })
  const config = join(folder, 'config.yaml')
  const tls = { certificate: file('registry.crt'), key: file('registry.key') }
  const storage = { filesystem: { rootdirectory: join(folder, 'storage') } }
  writeFileSync(config, stringify({ version: '0.1', storage, http: { addr: address, tls } }))
  teachNode(cluster, node, address, hosts)
  const authority = file('ca.crt')
  await cluster.add(
    daemon({
      name: 'registry',
      binary: tool('registry/registry').binary,
      args: ['serve', config],
      folder,
      logs: cluster.logs,
      ports: [port],
      env: { OTEL_TRACES_EXPORTER: 'none' },
      ready: () => answers(`https://${address}/v2/`, ca.cert)
    })
  )
  const push: Registry['push'] = async (archive, name) => {
    const copy = ['copy', '--quiet', '--all', '--preserve-digests']
    await execute('skopeo', [...copy, `oci-archive:${archive}`, `docker://${address}/${name}`], {
      env: { ...process.env, SSL_CERT_FILE: authority }
    })
  }
  return { address, authority, push }
}
