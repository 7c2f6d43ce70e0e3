import { buildTools } from '../build-tools.ts'
import type { Cluster, ClusterOptions } from '../cluster.ts'
import { buildImages } from '../images/build-images.ts'
import { makeNetwork, type Network } from '../network.ts'
import { startCluster } from '../start-cluster.ts'
import { nodeTools } from '../toolchain.ts'
import { until } from '../until.ts'
import { type ControlGroup, makeControlGroup } from './cgroup.ts'
import { containerd, ctr } from './containerd.ts'
import { kubelet } from './kubelet.ts'
import { type Machine, startMachine } from './machine.ts'
import { coreDns, kubeProxy } from './services.ts'

/** A node that runs pods: kubelet, containerd, kube-proxy and CoreDNS in namespaces of their own. */
export interface Node {
  readonly name: string
  readonly machine: Machine
  readonly network: Network
  readonly kubelet: { readonly stop: () => Promise<void>; readonly start: () => Promise<void> }
  /** Puts the image of an archive where the kubelet finds it; its pull policy must not be Always. */
  readonly load: (archive: string) => Promise<void>
}

const nothing = async (): Promise<void> => undefined

const ready = async ({ kubectl }: Cluster, name: string): Promise<boolean> => {
  const path = '{.status.conditions[?(@.type=="Ready")].status}'
  const { stdout } = await kubectl(['get', 'node', name, '-o', `jsonpath=${path}`])
  return stdout === 'True'
}

const startNode = async (
  cluster: Cluster,
  network: Network,
  controlGroup: ControlGroup
): Promise<Node> => {
  const [sandbox] = await buildImages(['pause'], cluster.progress)
  if (sandbox === undefined) throw new Error('no image to hold a pod together')
  const machine = await startMachine(cluster, network, 'node-1')
  await cluster.add(containerd(cluster, machine, network, sandbox.reference))
  const load: Node['load'] = async (archive) => {
    await ctr(machine, 'images', 'import', archive)
  }
  await load(sandbox.archive)
  const agent = await kubelet({ cluster, machine, network, controlGroup: controlGroup.path })
  const proxy = await kubeProxy(cluster, machine, network)
  await Promise.all([agent, proxy, coreDns(cluster, machine, network)].map(cluster.add))
  await until(`node ${machine.name} being ready`, () => ready(cluster, machine.name), {
    seconds: 90
  })
  return { name: machine.name, machine, network, kubelet: agent, load }
}

/** Starts a cluster with one node. Needs root; see README.md for Debian's packages. */
export const startClusterWithNode = async (
  options: Omit<ClusterOptions, 'network'> = {}
): Promise<{ readonly cluster: Cluster; readonly node: Node }> => {
  await buildTools(nodeTools, options.progress ?? ((line) => process.stderr.write(`${line}\n`)))
  const network = await makeNetwork()
  const cluster = await startCluster({ ...options, network })
  try {
    const controlGroup = makeControlGroup()
    await cluster.add({ start: nothing, stop: controlGroup.remove })
    return { cluster, node: await startNode(cluster, network, controlGroup) }
  } catch (error) {
    await cluster.stop({ keepLogs: true })
    throw error
  }
}
