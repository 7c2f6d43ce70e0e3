import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { buildTools } from '../../lab/build-tools.ts'
import type { Cluster } from '../../lab/cluster.ts'
import { execute, type Outcome } from '../../lab/execute.ts'
import { buildImages } from '../../lab/images/build-images.ts'
import { type Node, startClusterWithNode } from '../../lab/node/start-node.ts'
import { tool } from '../../lab/toolchain.ts'
import { releasedFolder, serveReleasedImage } from '../released.ts'
import { type SpireOptions, type SpireServer, startSpireServer } from '../spire.ts'
import { installSpireAgent } from '../spire-agent.ts'
import {
  images,
  installChart,
  names,
  shopImage,
  webhookValues,
  workloadApiValues
} from '../start-system.ts'
import { type Block, block, namedBlocks } from './guide.ts'
import { deployPeers, namespaces, peer, stranger } from './peers.ts'
import { collectTraffic, type Traffic } from './traffic.ts'

/** How the mesh is before anybody moves. */
export interface MeshOptions {
  /** The mesh's own trust domain (OLD), and the Workload API's (NEW). */
  readonly meshDomain: string
  readonly workloadDomain: string
  /** How SPIRE signs. Asked when istiod is there, so that its root can be used. */
  readonly spire?: (cluster: Cluster, follow: Mesh['follow']) => Promise<SpireOptions>
  /** What must be there before istiod: a Secret `cacerts`, for example. */
  readonly beforeIstiod?: (cluster: Cluster) => Promise<unknown>
}

/** A mesh under traffic that has not been moved yet. */
export interface Mesh {
  readonly cluster: Cluster
  readonly node: Node
  readonly spire: SpireServer
  readonly traffic: Traffic
  /** Runs a block of the guide as its reader would: in a shell, in one folder, with these variables. */
  readonly follow: (block: Block, variables?: Readonly<Record<string, string>>) => Promise<Outcome>
  /** Registers every peer, in place of spire-controller-manager. */
  readonly register: (federatesWith?: readonly string[]) => Promise<void>
}

/** How the owner of the mesh installs Istio. Upstream's Envoy lacks Istio's own filters, so what needs them is off. */
const istioOperator = (trustDomain: string): object => ({
  apiVersion: 'install.istio.io/v1alpha1',
  kind: 'IstioOperator',
  spec: {
    profile: 'minimal',
    hub: 'istio.test',
    tag: 'test',
    meshConfig: { trustDomain, accessLogFile: '/dev/stdout' },
    values: {
      telemetry: { enabled: false },
      pilot: {
        autoscaleEnabled: false,
        env: { PILOT_ENABLE_METADATA_EXCHANGE: 'false', PILOT_ENABLE_ALPN_FILTER: 'false' },
        resources: { requests: { cpu: '10m', memory: '64Mi' } }
      },
      global: {
        imagePullPolicy: 'IfNotPresent',
        proxy: { resources: { requests: { cpu: '10m', memory: '32Mi' } } }
      }
    }
  }
})

const script = (path: string, text: string): void => {
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
}

/** The folder that a reader of the guide works in, with the programs that it names on the path. */
function readersFolder(cluster: Cluster, meshDomain: string): string {
  const folder = join(cluster.folder, 'reader')
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  for (const name of ['kubernetes/kubectl', 'helm/helm', 'istio/istioctl'] as const) {
    symlinkSync(tool(name).binary, join(bin, name.split('/')[1] ?? ''))
  }
  const ours = join(import.meta.dirname, '../../../src/bin.js')
  script(join(bin, 'spiffe-webhook'), `exec ${process.execPath} ${ours} "$@"`)
  writeFileSync(join(folder, 'istio.yaml'), stringify(istioOperator(meshDomain)))
  return folder
}

/** Puts SPIRE's client on the reader's path. */
const addSpireServer = (folder: string, { socket }: SpireServer): void => {
  const server = tool('spire/spire-server').binary
  script(join(folder, 'bin/spire-server'), `exec ${server} "$@" -socketPath ${socket}`)
}

const follow =
  (cluster: Cluster, folder: string, domains: Readonly<Record<string, string>>): Mesh['follow'] =>
  async ({ name, text }, variables = {}) => {
    cluster.progress(`guide: ${name} ${Object.values(variables).join(' ')}`)
    return execute('bash', ['--norc', '-euo', 'pipefail', '-c', text], {
      folder,
      env: {
        ...{ PATH: `${join(folder, 'bin')}:${process.env.PATH}`, HOME: folder },
        ...{ KUBECONFIG: cluster.kubeconfig },
        ...domains,
        ...variables
      }
    })
  }

const install = async (cluster: Cluster, node: Node, options: MeshOptions): Promise<Mesh> => {
  const { meshDomain, workloadDomain } = options
  const reader = readersFolder(cluster, meshDomain)
  const run = follow(cluster, reader, { OLD: meshDomain, NEW: workloadDomain })
  await installChart(cluster, 'spiffe-webhook', 'spiffe-webhook', webhookValues)
  await cluster.namespace('spire-system')
  await cluster.namespace('istio-system')
  await options.beforeIstiod?.(cluster)
  const operator = join(reader, 'istio.yaml')
  await cluster.istioctl(['install', '--skip-confirmation', '--filename', operator])
  const spire = await startSpireServer(cluster, workloadDomain, await options.spire?.(cluster, run))
  addSpireServer(reader, spire)
  await run(block(namedBlocks('move-a-live-mesh.md'), 'wait-for-sidecars'))
  await Promise.all([
    installSpireAgent(cluster, spire, images.agent),
    installChart(cluster, 'workload-api', 'spire-system', {
      ...workloadApiValues,
      trustDomain: workloadDomain
    })
  ])
  const traffic = await collectTraffic(cluster.address)
  await cluster.add({ start: async () => undefined, stop: traffic.stop })
  await deployPeers(cluster, meshDomain, { image: shopImage, reportTo: traffic.url })
  const accounts = [
    ...namespaces.map((namespace) => ({ namespace, serviceAccount: peer })),
    { namespace: namespaces[0], serviceAccount: stranger }
  ]
  return {
    cluster,
    node,
    spire,
    traffic,
    follow: run,
    register: async (federatesWith = []) => {
      for (const account of accounts) {
        await spire.register({ ...account, seconds: 3600, federatesWith })
      }
    }
  }
}

/** Starts a strict mesh on istiod's CA, with everything installed that moving it takes. Needs root. */
export const startMesh = async (options: MeshOptions): Promise<Mesh> => {
  const progress = (line: string): unknown => process.stderr.write(`${line}\n`)
  await buildTools(['istio/istioctl', 'istio/pilot-discovery'], progress)
  const built = await buildImages(names, progress)
  const { cluster, node } = await startClusterWithNode()
  try {
    for (const { archive } of built) await node.load(archive)
    if (releasedFolder !== undefined) await serveReleasedImage(cluster, node, releasedFolder)
    return await install(cluster, node, options)
  } catch (error) {
    await cluster.stop({ keepLogs: true })
    throw error
  }
}
