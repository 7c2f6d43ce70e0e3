import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from '../lab/cluster.ts'
import { type Daemon, daemon } from '../lab/daemon.ts'
import { execute } from '../lab/execute.ts'
import { freePort } from '../lab/ports.ts'
import { tool } from '../lab/toolchain.ts'
import { answers } from '../lab/until.ts'

/** SPIRE's server, a process beside the cluster: it lets agents in by the tokens of their service account. */
export interface SpireServer {
  readonly daemon: Daemon
  /** What an agent must know of it, to be mounted as `/etc/spire`. */
  readonly agentFiles: () => Promise<Readonly<Record<string, string>>>
  /**
   * Registers who may have which identity, in place of spire-controller-manager: every pod of a service account gets
   * `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`, or another path if one is given.
   */
  readonly register: (entry: Entry) => Promise<void>
  /** The certificates with which it signs, in PEM. */
  readonly bundle: () => Promise<string>
}

/** One registration: the workload, and how long its SVIDs live (seconds). */
export interface Entry {
  readonly namespace: string
  readonly serviceAccount: string
  readonly seconds: number
  readonly path?: string
}

interface Setting {
  readonly cluster: Cluster
  readonly trustDomain: string
  readonly folder: string
  readonly port: number
  readonly healthPort: number
}

const socketFile = 'registration.sock'

// Field names: doc/spire_server.md and doc/plugin_server_nodeattestor_k8s_psat.md of SPIRE 1.13.
const serverConfiguration = (setting: Setting): object => ({
  server: {
    bind_address: setting.cluster.address,
    bind_port: String(setting.port),
    trust_domain: setting.trustDomain,
    data_dir: setting.folder,
    socket_path: join(setting.folder, socketFile),
    log_level: 'INFO'
  },
  plugins: {
    DataStore: {
      sql: {
        plugin_data: {
          database_type: 'sqlite3',
          connection_string: join(setting.folder, 'datastore.sqlite3')
        }
      }
    },
    KeyManager: { memory: { plugin_data: {} } },
    NodeAttestor: {
      k8s_psat: {
        plugin_data: {
          clusters: {
            lab: {
              service_account_allow_list: ['spire-system:spire-agent'],
              kube_config_file: setting.cluster.kubeconfig
            }
          }
        }
      }
    }
  },
  health_checks: {
    listener_enabled: true,
    bind_address: setting.cluster.address,
    bind_port: String(setting.healthPort),
    ready_path: '/ready'
  }
})

// Field names: doc/spire_agent.md, doc/plugin_agent_workloadattestor_k8s.md. The sds names make Envoy's ROOTCA the
// bundle, as Istio asks for it (istio.io "Integrations/SPIRE").
const agentConfiguration = ({ cluster, port, trustDomain }: Setting): object => ({
  agent: {
    server_address: cluster.address,
    server_port: String(port),
    trust_domain: trustDomain,
    trust_bundle_path: '/etc/spire/bundle.crt',
    data_dir: '/run/spire/data',
    socket_path: '/run/spire/agent-sockets/socket',
    log_level: 'INFO',
    sds: {
      default_svid_name: 'default',
      default_bundle_name: 'null',
      default_all_bundles_name: 'ROOTCA'
    }
  },
  plugins: {
    KeyManager: { memory: { plugin_data: {} } },
    NodeAttestor: { k8s_psat: { plugin_data: { cluster: 'lab' } } },
    WorkloadAttestor: { k8s: { plugin_data: { node_name_env: 'MY_NODE_NAME' } } }
  },
  health_checks: { listener_enabled: true, bind_address: '0.0.0.0', bind_port: '8080' }
})

const nodeAlias = (trustDomain: string): string => `spiffe://${trustDomain}/lab-node`

/** Starts the server, which ends with the cluster. */
export const startSpireServer = async (
  cluster: Cluster,
  trustDomain: string
): Promise<SpireServer> => {
  const folder = join(cluster.folder, 'spire')
  mkdirSync(folder)
  const [port, healthPort] = [await freePort(), await freePort()]
  const setting = { cluster, trustDomain, folder, port, healthPort }
  const config = join(folder, 'server.json')
  writeFileSync(config, JSON.stringify(serverConfiguration(setting)))
  const binary = tool('spire/spire-server').binary
  const server = daemon({
    name: 'spire-server',
    binary,
    folder,
    logs: cluster.logs,
    args: ['run', '-config', config],
    ports: [port, healthPort],
    ready: () => answers(`http://${cluster.address}:${healthPort}/ready`)
  })
  await cluster.add(server)
  const ask = async (...args: string[]): Promise<string> =>
    (await execute(binary, [...args, '-socketPath', join(folder, socketFile)])).stdout
  const create = ['entry', 'create']
  const alias = nodeAlias(trustDomain)
  await ask(...create, '-node', '-spiffeID', alias, '-selector', 'k8s_psat:cluster:lab')
  const bundle = (): Promise<string> => ask('bundle', 'show')
  return {
    daemon: server,
    bundle,
    agentFiles: async () => ({
      'agent.json': JSON.stringify(agentConfiguration(setting)),
      'bundle.crt': await bundle()
    }),
    register: async ({ namespace, serviceAccount, seconds, path }) => {
      const id = `spiffe://${trustDomain}${path ?? `/ns/${namespace}/sa/${serviceAccount}`}`
      await ask(
        ...create,
        ...['-parentID', alias, '-spiffeID', id, '-x509SVIDTTL', String(seconds)],
        ...['-selector', `k8s:ns:${namespace}`, '-selector', `k8s:sa:${serviceAccount}`]
      )
    }
  }
}
