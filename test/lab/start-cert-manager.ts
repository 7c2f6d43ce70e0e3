import { join } from 'node:path'
import { buildTools } from './build-tools.ts'
import type { Cluster } from './cluster.ts'
import { daemon } from './daemon.ts'
import { moduleFolder } from './images/go-module.ts'
import { tool } from './toolchain.ts'

/**
 * Installs cert-manager's own CRDs and starts its controllers and cainjector, by the program of ours in
 * `tools/cert-manager`, with an administrator's rights.
 */
export const startCertManager = async (cluster: Cluster): Promise<void> => {
  const { binary } = tool('cert-manager/cert-manager')
  await buildTools(['cert-manager/cert-manager'], cluster.progress)
  const module = 'github.com/cert-manager/cert-manager'
  const crds = join(await moduleFolder('cert-manager/cert-manager', module), 'deploy/crds')
  await cluster.kubectl(['apply', '--server-side', '-f', crds])
  await cluster.kubectl([
    ...['wait', '--for=condition=Established', '--timeout=30s', 'crd'],
    ...['certificates.cert-manager.io', 'certificaterequests.cert-manager.io'],
    ...['issuers.cert-manager.io', 'clusterissuers.cert-manager.io']
  ])
  const program = daemon({
    name: 'cert-manager',
    binary,
    args: ['--kubeconfig', cluster.kubeconfig],
    folder: cluster.folder,
    logs: cluster.logs,
    ports: [],
    // It has no port to ask; what it issues shows whether it works.
    ready: async () => program.pid() !== undefined
  })
  await cluster.add(program)
}
