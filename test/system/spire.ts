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
   * Registers who may have which identity, in place of spire-controller-manager, or changes it: every pod of a service account gets
   * `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`, or another path if one is given.
   */
  readonly register: (entry: Entry) => Promise<void>
  /** The certificates with which it signs, in PEM. */
  readonly bundle: () => Promise<string>
  /** Runs a command of its own client, `spire-server`. */
  readonly ask: (...args: string[]) => Promise<string>
  /** Where its client finds it. */
  readonly socket: string
}

/** How it signs; everything has a default. */
export interface SpireOptions {
  /** PEM files of the authority that signs SPIRE's own (UpstreamAuthority "disk"); self-signed without. */
  readonly upstream?: {
    readonly certificate: string
    readonly key: string
    readonly bundle: string
  }
  /** How long SPIRE's own authority lives, as `1h`. */
  readonly caTtl?: string
}

/** One registration: the workload, and how long its SVIDs live (seconds). */
export interface Entry {
  readonly namespace: string
  readonly serviceAccount: string
  readonly seconds: number
  readonly path?: string
  /** Trust domains whose bundles the workload gets too. */
  readonly federatesWith?: readonly string[]
}

interface Setting {
  readonly cluster: Cluster
  readonly trustDomain: string
  readonly folder: string
  readonly port: number
  readonly healthPort: number
  readonly options: SpireOptions
}

const socketFile = 'registration.sock'

// doc/plugin_server_upstreamauthority_disk.md of SPIRE 1.13.
const upstreamAuthority = ({ upstream }: SpireOptions): object => {
  if (upstream === undefined) return {}
  const { certificate, key, bundle } = upstream
  const plugin_data = {
    cert_file_path: certificate,
    key_file_path: key,
    bundle_file_path: bundle
  }
  return { UpstreamAuthority: { disk: { plugin_data } } }
}

// Field names: doc/spire_server.md and doc/plugin_server_nodeattestor_k8s_psat.md of SPIRE 1.13.
const serverConfiguration = (setting: Setting): object => ({
  server: {
    bind_address: setting.cluster.address,
    bind_port: String(setting.port),
    trust_domain: setting.trustDomain,
    data_dir: setting.folder,
    socket_path: join(setting.folder, socketFile),
    log_level: 'INFO',
    ...(setting.options.caTtl === undefined ? {} : { ca_ttl: setting.options.caTtl })
  },
  plugins: {
    ...upstreamAuthority(setting.options),
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
  trustDomain: string,
  options: SpireOptions = {}
): Promise<SpireServer> => {
  const folder = join(cluster.folder, `spire-${trustDomain}`)
  mkdirSync(folder)
  const [port, healthPort] = [await freePort(), await freePort()]
  const setting = { cluster, trustDomain, folder, port, healthPort, options }
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
  const socket = join(folder, socketFile)
  const ask = async (...args: string[]): Promise<string> =>
    (await execute(binary, [...args, '-socketPath', socket])).stdout
  const create = ['entry', 'create']
  const alias = nodeAlias(trustDomain)
  await ask(...create, '-node', '-spiffeID', alias, '-selector', 'k8s_psat:cluster:lab')
  const bundle = (): Promise<string> => ask('bundle', 'show')
  return {
    daemon: server,
    bundle,
    ask,
    socket,
    agentFiles: async () => ({
      'agent.json': JSON.stringify(agentConfiguration(setting)),
      'bundle.crt': await bundle()
    }),
    register: async ({ namespace, serviceAccount, seconds, path, federatesWith = [] }) => {
      const id = `spiffe://${trustDomain}${path ?? `/ns/${namespace}/sa/${serviceAccount}`}`
      const shown = await ask('entry', 'show', '-spiffeID', id, '-output', 'json')
      const [known] = JSON.parse(shown).entries as readonly { readonly id: string }[]
      await ask(
        ...(known === undefined ? create : ['entry', 'update', '-entryID', known.id]),
        ...['-parentID', alias, '-spiffeID', id, '-x509SVIDTTL', String(seconds)],
        ...['-selector', `k8s:ns:${namespace}`, '-selector', `k8s:sa:${serviceAccount}`],
        ...federatesWith.flatMap((domain) => ['-federatesWith', `spiffe://${domain}`])
      )
    }
  }
}
