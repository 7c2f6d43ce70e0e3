import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { Cluster } from '../lab/cluster.ts'
import { type Daemon, daemon } from '../lab/daemon.ts'
import { inUrl } from '../lab/ip-families.ts'
import { freePort } from '../lab/ports.ts'
import { answers } from '../lab/until.ts'

/** One replica of the product as a process of its own, with the rights of the chart's service account. */
export interface Replica {
  readonly daemon: Daemon
  readonly port: number
  readonly probesPort: number
}

/** What is different for one replica: environment variables, and where its log goes. */
export interface Surroundings {
  readonly env?: NodeJS.ProcessEnv
  readonly output?: string
}

/** The chart installed by Helm, and replicas that answer for its Service. */
export interface InstalledWebhook {
  readonly replicas: Replica[]
  /** Starts one more replica, waits until it is ready, and sends the Service to all of them. */
  readonly startReplica: (surroundings?: Surroundings) => Promise<Replica>
  readonly stopReplica: (replica: Replica) => Promise<void>
}

const name = 'spiffe-webhook'
const root = join(import.meta.dirname, '../..')

/** Node's arguments for the product as it stands in this repository. */
const fromSource: readonly string[] = [join(root, 'src/main.ts')]

/**
 * Installs the chart unmodified and runs the replicas beside the cluster: there is no node, so processes on this
 * machine stand in for the Deployment's pods. Configuration, rights and Service are the chart's own.
 */
export async function installWebhook(
  cluster: Cluster,
  values: object = {},
  replicas = 1,
  program: readonly string[] = fromSource
): Promise<InstalledWebhook> {
  const chart = join(root, 'charts/spiffe-webhook')
  const args = ['upgrade', '--install', name, chart, '--namespace', name, '--create-namespace']
  await cluster.helm([...args, '--values', '-'], { input: JSON.stringify(values) })
  const kubeconfig = await cluster.actAs(name, name)
  const running: Replica[] = []
  const start = { kubeconfig, program }
  const expose = (): Promise<void> =>
    cluster.expose(
      name,
      name,
      running.map(({ port }) => port)
    )
  const installed: InstalledWebhook = {
    replicas: running,
    startReplica: async (surroundings = {}) => {
      const replica = await startReplica(cluster, { ...start, ...surroundings }, running.length)
      running.push(replica)
      await expose()
      return replica
    },
    stopReplica: async (replica) => {
      running.splice(running.indexOf(replica), 1)
      await expose()
      await replica.daemon.stop()
    }
  }
  for (let count = 0; count < replicas; count++) await installed.startReplica()
  return installed
}

/** How a replica is started: whose rights, which program, and what it changes of the release's configuration. */
export interface Start extends Surroundings {
  readonly kubeconfig: string
  readonly program: readonly string[]
  readonly release?: string
  readonly certificates?: object
}

/** Starts one replica of a release in the namespace spiffe-webhook and waits until it is ready. */
export async function startReplica(
  cluster: Cluster,
  { kubeconfig, program, release = name, certificates = {}, env = {}, output }: Start,
  index: number
): Promise<Replica> {
  const args = ['-n', name, 'get', 'configmap', release, '-o', 'json']
  const { stdout } = await cluster.kubectl(args)
  const config = parse(JSON.parse(stdout).data['config.yaml'])
  const [port, probesPort] = [await freePort(), await freePort()]
  const server = { ...config.server, host: cluster.address, port, probesPort, drainDelay: 500 }
  const folder = join(cluster.folder, `replica-${port}`)
  mkdirSync(folder)
  const file = join(folder, 'config.yaml')
  const changed = { ...config, server, certificates: { ...config.certificates, ...certificates } }
  writeFileSync(file, stringify(changed))
  const replica = daemon({
    name: `spiffe-webhook-${index}-${port}`,
    binary: process.execPath,
    folder,
    logs: cluster.logs,
    args: [...program, 'serve', '--config', file],
    env: { KUBECONFIG: kubeconfig, ...env },
    ...(output === undefined ? {} : { output }),
    ports: [port, probesPort],
    ready: () => answers(`http://${inUrl(cluster.address)}:${probesPort}/readyz`)
  })
  await cluster.add(replica)
  return { daemon: replica, port, probesPort }
}
