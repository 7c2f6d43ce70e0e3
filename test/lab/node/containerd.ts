import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Cluster } from '../cluster.ts'
import type { Daemon } from '../daemon.ts'
import type { Network } from '../network.ts'
import { tool } from '../toolchain.ts'
import type { Machine } from './machine.ts'

/** Where containerd listens, inside its machine. */
export const containerdSocket = '/run/containerd/containerd.sock'

/** Where containerd looks, at each pull, for how to reach a registry (docs/hosts.md). */
export const registriesFolder = (clusterFolder: string, machine: string): string =>
  join(clusterFolder, machine, 'registries')

const quoted = (text: string): string => `'${text}'`

// Layers are on disk, all else in memory. Without CAP_SYS_RESOURCE nobody may lower an oom_score_adj.
const configuration = (
  folder: string,
  registries: string,
  sandboxImage: string
): string => `version = 3
root = ${quoted(join(folder, 'containerd'))}
[grpc]
address = ${quoted(containerdSocket)}
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = ${quoted(sandboxImage)}
[plugins.'io.containerd.cri.v1.images'.registry]
config_path = ${quoted(registries)}
[plugins.'io.containerd.cri.v1.runtime']
restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
SystemdCgroup = false
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = [${quoted(dirname(tool('cni/ptp').binary))}]
conf_dir = ${quoted(join(folder, 'cni'))}
`

/** A cable from each pod to the node: unlike a bridge, all traffic passes kube-proxy's rules. */
const podNetwork = ({ podRange }: Network): object => {
  const everywhere = [{ dst: '0.0.0.0/0' }]
  const ipam = { type: 'host-local', ranges: [[{ subnet: podRange }]], routes: everywhere }
  return { cniVersion: '1.0.0', name: 'pods', plugins: [{ type: 'ptp', ipMasq: false, ipam }] }
}

/** The container runtime of a node. */
export const containerd = (
  cluster: Cluster,
  machine: Machine,
  network: Network,
  sandboxImage: string
): Daemon => {
  const folder = join(cluster.folder, machine.name)
  mkdirSync(join(folder, 'cni'), { recursive: true })
  writeFileSync(join(folder, 'cni', 'pods.conflist'), JSON.stringify(podNetwork(network)))
  const config = join(folder, 'containerd.toml')
  writeFileSync(
    config,
    configuration(folder, registriesFolder(cluster.folder, machine.name), sandboxImage)
  )
  const binary = tool('containerd/containerd').binary
  return machine.daemon({
    name: 'containerd',
    binary,
    args: ['--config', config],
    // It looks for its shim on the path.
    env: { PATH: `${dirname(binary)}:${process.env.PATH}` },
    ready: async () => (await ctr(machine, 'version')) !== ''
  })
}

/** Runs containerd's client among the images and containers of Kubernetes. */
export const ctr = async (machine: Machine, ...args: string[]): Promise<string> => {
  const where = ['--address', containerdSocket, '--namespace', 'k8s.io']
  return (await machine.run(tool('containerd/ctr').binary, ...where, ...args)).stdout
}
