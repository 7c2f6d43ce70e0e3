import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Cluster } from '../cluster.ts'
import { type Daemon, flags } from '../daemon.ts'
import type { Network } from '../network.ts'
import { tool } from '../toolchain.ts'
import { answers } from '../until.ts'
import type { Machine } from './machine.ts'

/** Sends what pods send to a Service to one of its endpoints. */
export const kubeProxy = async (
  cluster: Cluster,
  machine: Machine,
  { nodeAddress }: Network
): Promise<Daemon> => {
  const user = { user: 'system:kube-proxy' }
  const kubeconfig = await cluster.identities.kubeconfig('kube-proxy', user, cluster.server)
  const config = join(cluster.folder, 'kube-proxy.yaml')
  const configuration = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clientConnection: { kubeconfig },
    hostnameOverride: machine.name,
    healthzBindAddress: `${nodeAddress}:10256`,
    conntrack: { maxPerCore: 0 } // a limit of the whole machine, not of this node
  }
  writeFileSync(config, stringify(configuration))
  return machine.daemon({
    name: 'kube-proxy',
    binary: tool('kubernetes/kube-proxy').binary,
    args: flags({ config }),
    ready: () => answers(`http://${nodeAddress}:10256/healthz`)
  })
}

/** Answers for the names of Services, and of the node. It runs beside the kubelet, not as a pod. */
export const coreDns = (cluster: Cluster, machine: Machine, { nodeAddress }: Network): Daemon => {
  const corefile = join(cluster.folder, 'Corefile')
  writeFileSync(
    corefile,
    `.:53 {
  bind ${nodeAddress}
  errors
  ready ${nodeAddress}:8181
  hosts {
    ${nodeAddress} ${machine.name}
    fallthrough
  }
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${cluster.kubeconfig}
  }
}
`
  )
  return machine.daemon({
    name: 'coredns',
    binary: tool('coredns/coredns').binary,
    args: ['-conf', corefile],
    ready: () => answers(`http://${nodeAddress}:8181/ready`)
  })
}
