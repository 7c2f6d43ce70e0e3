import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { kubernetesModule, type Setting } from './api-server.ts'
import { buildTools } from './build-tools.ts'
import { makeClients } from './clients.ts'
import type { Cluster, ClusterOptions, Part } from './cluster.ts'
import { controlPlane } from './control-plane.ts'
import { emptyNamespace } from './empty-namespace.ts'
import { makeIdentities } from './identities.ts'
import { makeNetwork, type Network } from './network.ts'
import { machineAddress } from './ports.ts'
import { makeRunFolder } from './run-folder.ts'
import { watchRunners } from './runners.ts'
import type { ToolName } from './toolchain.ts'

const neededTools = ({ kubernetes = '1.37' }: ClusterOptions): readonly ToolName[] => [
  'etcd/etcd',
  `${kubernetesModule(kubernetes)}/kube-apiserver`,
  `${kubernetesModule(kubernetes)}/kube-controller-manager`,
  `${kubernetesModule(kubernetes)}/kube-scheduler`,
  'kubernetes/kubectl',
  'helm/helm'
]

// Only root may lay cables. Others make do with the machine's own address.
const ownNetwork = async ({ network, ipFamilies }: ClusterOptions): Promise<Network | undefined> =>
  network ?? (process.getuid?.() === 0 ? makeNetwork(ipFamilies) : undefined)

const loopback = { IPv4: '127.0.0.1', IPv6: '::1' } as const

const makeSetting = async (options: ClusterOptions, address: string): Promise<Setting> => {
  const { ipFamilies = ['IPv4'] } = options
  const folder = makeRunFolder()
  return {
    kubernetes: options.kubernetes ?? '1.37',
    folder,
    logs: join(folder, 'logs'),
    identities: await makeIdentities(folder),
    bindAddress: options.network?.hostAddress ?? loopback[ipFamilies[0]],
    address,
    ipFamilies,
    apiServerFlags: options.apiServerFlags ?? []
  }
}

/** Ends programs, the youngest first, and removes their folder or gives it a name to keep. */
const makeStop =
  (parts: readonly Part[], folder: string, unwatch: () => void): Cluster['stop'] =>
  async ({ keepLogs = false } = {}) => {
    unwatch()
    for (const part of [...parts].reverse()) await part.stop()
    if (!keepLogs) return rmSync(folder, { recursive: true, force: true })
    const kept = folder.replace('-cluster-', '-kept-')
    renameSync(folder, kept)
    process.stderr.write(`logs of the cluster: ${kept}/logs\n`)
  }

const nothing = async (): Promise<void> => undefined

/** The cable first, as everything else listens on it. */
const networkParts = (
  network: Network | undefined,
  { network: given }: ClusterOptions,
  setting: Setting
): readonly Part[] => {
  if (network === undefined) return []
  const cable = { start: nothing, stop: network.remove }
  return given === undefined ? [cable, emptyNamespace(network, setting)] : [cable]
}

/** Starts etcd and Kubernetes on free ports, building whatever is not in the cache yet. */
export const startCluster = async (options: ClusterOptions = {}): Promise<Cluster> => {
  const progress = options.progress ?? ((line) => process.stderr.write(`${line}\n`))
  await buildTools(neededTools(options), progress)
  const network = await ownNetwork(options)
  const setting = await makeSetting(
    options,
    network?.hostAddress ?? machineAddress(options.ipFamilies?.[0])
  )
  const { folder, logs, identities, address } = setting
  const { server, apiServer, stages } = await controlPlane(setting)
  const admin = { user: 'admin', group: 'system:masters' }
  const kubeconfig = await identities.kubeconfig('admin', admin, server)
  const clients = makeClients({
    server,
    address,
    folder,
    kubeconfig,
    identities,
    hasNode: options.network !== undefined
  })
  const started: Part[] = []
  const unwatch = watchRunners(() => process.exit(1))
  const stop = makeStop(started, folder, unwatch)
  const add: Cluster['add'] = async (part) => {
    started.push(part)
    await part.start()
  }
  try {
    for (const part of networkParts(network, options, setting)) await add(part)
    for (const stage of stages) await Promise.all(stage.map(add))
    await clients.namespace('default')
  } catch (error) {
    await stop({ keepLogs: true })
    throw error
  }
  const auditLog = join(logs, 'audit.log')
  const facts = { server, kubeconfig, folder, logs, auditLog, address }
  return { ...facts, ...clients, identities, apiServer, progress, add, stop }
}
