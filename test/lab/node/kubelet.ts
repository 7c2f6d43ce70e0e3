import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Cluster } from '../cluster.ts'
import { type Daemon, flags } from '../daemon.ts'
import type { Network } from '../network.ts'
import { tool } from '../toolchain.ts'
import { answers } from '../until.ts'
import { containerdSocket } from './containerd.ts'
import type { Machine } from './machine.ts'

/** Whose pods a kubelet runs, and where it keeps their control groups. */
export interface KubeletSetting {
  readonly cluster: Cluster
  readonly machine: Machine
  readonly network: Network
  readonly controlGroup: string
}

const configuration = ({ cluster, network, controlGroup }: KubeletSetting): object => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  address: network.nodeAddress,
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: cluster.identities.file('ca.crt') }
  },
  authorization: { mode: 'Webhook' },
  tlsCertFile: cluster.identities.file('kubelet.crt'),
  tlsPrivateKeyFile: cluster.identities.file('kubelet.key'),
  containerRuntimeEndpoint: `unix://${containerdSocket}`,
  clusterDNS: [network.nodeAddress],
  clusterDomain: 'cluster.local',
  resolvConf: '',
  cgroupDriver: 'cgroupfs',
  cgroupRoot: controlGroup,
  failCgroupV1: false,
  enforceNodeAllocatable: [],
  failSwapOn: false,
  // A full disk of the machine is no business of a node that lives for minutes.
  evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%' },
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
  makeIPTablesUtilChains: false
})

/** The agent of a node. It serves with a certificate of the cluster's CA, as attestors want to see. */
export const kubelet = async (setting: KubeletSetting): Promise<Daemon> => {
  const { cluster, machine, network } = setting
  const { identities, server } = cluster
  const user = `system:node:${machine.name}`
  const dns = [machine.name]
  await identities.save('kubelet', { user, dns, ip: [network.nodeAddress, '127.0.0.1'] })
  const config = join(cluster.folder, 'kubelet.yaml')
  writeFileSync(config, stringify(configuration(setting)))
  const identity = { user, group: 'system:nodes' }
  return machine.daemon({
    name: 'kubelet',
    binary: tool('kubernetes/kubelet').binary,
    args: flags({
      config,
      kubeconfig: await identities.kubeconfig('kubelet', identity, server),
      'hostname-override': machine.name,
      'node-ip': network.nodeAddress
    }),
    ready: () =>
      answers(`https://${network.nodeAddress}:10250/healthz`, {
        ...identities.admin,
        ca: identities.ca.cert
      })
  })
}
