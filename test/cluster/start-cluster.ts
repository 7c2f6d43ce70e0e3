import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { kubernetesModule, type Setting } from './api-server.ts'
import { buildTools } from './build-tools.ts'
import type { Client, Cluster, ClusterOptions } from './cluster.ts'
import { controlPlane } from './control-plane.ts'
import type { Daemon } from './daemon.ts'
import { execute } from './execute.ts'
import { expose } from './expose.ts'
import { makeIdentities } from './identities.ts'
import { machineAddress } from './ports.ts'
import { makeRunFolder } from './run-folder.ts'
import { watchRunners } from './runners.ts'
import { type ToolName, tool } from './toolchain.ts'
import { until } from './until.ts'

const neededTools = ({ kubernetes = '1.37' }: ClusterOptions): readonly ToolName[] => [
  'etcd/etcd',
  `${kubernetesModule(kubernetes)}/kube-apiserver`,
  `${kubernetesModule(kubernetes)}/kube-controller-manager`,
  `${kubernetesModule(kubernetes)}/kube-scheduler`,
  'kubernetes/kubectl',
  'helm/helm'
]

const makeSetting = async (options: ClusterOptions): Promise<Setting> => {
  const folder = makeRunFolder()
  return {
    kubernetes: options.kubernetes ?? '1.37',
    folder,
    logs: join(folder, 'logs'),
    identities: await makeIdentities(folder),
    bindAddress: options.bindAddress ?? '127.0.0.1',
    apiServerFlags: options.apiServerFlags ?? []
  }
}

const client =
  (name: ToolName, home: string, kubeconfig: string): Client =>
  (args, options = {}) =>
    execute(tool(name).binary, args, {
      ...options,
      env: { PATH: process.env.PATH, HOME: home, KUBECONFIG: kubeconfig }
    })

const makeNamespace =
  (kubectl: Client): Cluster['namespace'] =>
  async (name, labels = {}) => {
    const metadata = { name, labels }
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata })
    await kubectl(['apply', '-f', '-'], { input })
    await until(`the default ServiceAccount of ${name}`, async () => {
      const { code } = await kubectl(['-n', name, 'get', 'serviceaccount', 'default'], {
        allowFailure: true
      })
      return code === 0
    })
  }

/** Ends programs, the youngest first, and removes their folder or gives it a name to keep. */
const makeStop =
  (daemons: readonly Daemon[], folder: string, unwatch: () => void): Cluster['stop'] =>
  async ({ keepLogs = false } = {}) => {
    unwatch()
    for (const daemon of [...daemons].reverse()) await daemon.stop()
    if (!keepLogs) return rmSync(folder, { recursive: true, force: true })
    const kept = folder.replace('-cluster-', '-kept-')
    renameSync(folder, kept)
    process.stderr.write(`logs of the cluster: ${kept}/logs\n`)
  }

/** Starts etcd and Kubernetes on free ports, building whatever is not in the cache yet. */
export const startCluster = async (options: ClusterOptions = {}): Promise<Cluster> => {
  const progress = options.progress ?? ((line) => process.stderr.write(`${line}\n`))
  await buildTools(neededTools(options), progress)
  const setting = await makeSetting(options)
  const { folder, logs, identities } = setting
  const { server, apiServer, daemons } = await controlPlane(setting)
  const admin = { user: 'admin', group: 'system:masters' }
  const kubeconfig = await identities.kubeconfig('admin', admin, server)
  const started: Daemon[] = []
  const stop = makeStop(
    started,
    folder,
    watchRunners(() => process.exit(1))
  )
  const add: Cluster['add'] = async (daemon) => {
    started.push(daemon)
    await daemon.start()
  }
  const kubectl = client('kubernetes/kubectl', folder, kubeconfig)
  const namespace = makeNamespace(kubectl)
  const address = machineAddress()
  try {
    for (const daemon of daemons) await add(daemon)
    await namespace('default')
  } catch (error) {
    await stop({ keepLogs: true })
    throw error
  }
  return {
    ...{ server, kubeconfig, folder, logs, address, apiServer, progress, kubectl, namespace },
    auditLog: join(logs, 'audit.log'),
    helm: client('helm/helm', folder, kubeconfig),
    istioctl: client('istio/istioctl', folder, kubeconfig),
    kubeConfig: () => {
      const config = new KubeConfig()
      config.loadFromFile(kubeconfig)
      return config
    },
    expose: (namespace, service, ports) => expose(kubectl, { namespace, service, address, ports }),
    add,
    stop
  }
}
