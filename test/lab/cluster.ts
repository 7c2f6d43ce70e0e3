import type { KubeConfig } from '@kubernetes/client-node'
import type { KubernetesVersion } from './api-server.ts'
import type { Progress } from './build-tools.ts'
import type { Daemon } from './daemon.ts'
import type { ExecuteOptions, Outcome } from './execute.ts'
import type { Identities } from './identities.ts'
import type { IpFamilies } from './ip-families.ts'
import type { Network } from './network.ts'

/** What kind of cluster to start; everything has a default. */
export interface ClusterOptions {
  readonly kubernetes?: KubernetesVersion
  readonly apiServerFlags?: readonly string[]
  /** Families of addresses of the API server and of Services: IPv4 alone by default. */
  readonly ipFamilies?: IpFamilies
  /**
   * The cable to a node, whose pods reach the API server at this machine's end; it goes with the cluster. Without one
   * the API server listens on loopback only.
   */
  readonly network?: Network
  /** Receives progress; one line each on stderr by default. */
  readonly progress?: Progress
}

/** Runs a client program with the cluster's kubeconfig. */
export type Client = (
  args: readonly string[],
  options?: Pick<ExecuteOptions, 'input' | 'allowFailure'>
) => Promise<Outcome>

/** Something that a cluster ends before what it started earlier. */
export type Part = Pick<Daemon, 'start' | 'stop'>

/** A running Kubernetes without a node: it admits, stores and schedules, and runs no pod. */
export interface Cluster {
  readonly server: string
  readonly kubeconfig: string
  readonly folder: string
  readonly logs: string
  readonly auditLog: string
  /** Where a program of this machine must listen to be reached through a Service. */
  readonly address: string
  readonly identities: Identities
  readonly apiServer: Daemon
  readonly progress: Progress
  readonly kubectl: Client
  readonly helm: Client
  readonly istioctl: Client
  readonly kubeConfig: () => KubeConfig
  /** Makes a namespace and waits until pods can be created in it. */
  readonly namespace: (name: string, labels?: Readonly<Record<string, string>>) => Promise<void>
  /** Writes a kubeconfig of a ServiceAccount and returns its path: what a pod of it may do. */
  readonly actAs: (namespace: string, serviceAccount: string) => Promise<string>
  /** Lets programs on this machine answer for a Service, see `expose.ts`. */
  readonly expose: (namespace: string, service: string, ports: readonly number[]) => Promise<void>
  /** Starts another program, which ends with the cluster, before all that started earlier. */
  readonly add: (part: Part) => Promise<void>
  /** Ends everything. `keepLogs` keeps the folder and says where it is. */
  readonly stop: (options?: { readonly keepLogs?: boolean }) => Promise<void>
}
