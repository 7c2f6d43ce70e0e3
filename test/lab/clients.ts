import { KubeConfig } from '@kubernetes/client-node'
import type { Client, Cluster } from './cluster.ts'
import { execute } from './execute.ts'
import { expose } from './expose.ts'
import type { Identities } from './identities.ts'
import { type ToolName, tool } from './toolchain.ts'
import { until } from './until.ts'

/** Where the clients find the API server, and where they may write. */
export interface ClientSetting {
  readonly server: string
  readonly address: string
  readonly folder: string
  readonly kubeconfig: string
  readonly identities: Identities
  /** Whether pods run: without a node a Helm hook would never end. */
  readonly hasNode: boolean
}

const program =
  (name: ToolName, { folder, kubeconfig }: ClientSetting): Client =>
  (args, options = {}) =>
    execute(tool(name).binary, args, {
      ...options,
      env: { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig }
    })

/** Helm, told to leave hooks out where no pod runs. `--no-hooks=false` among the arguments has them all the same. */
const helmOf =
  (setting: ClientSetting): Client =>
  ([command = '', ...rest], options) => {
    const runsHooks = setting.hasNode || !['install', 'upgrade'].includes(command)
    const args = runsHooks ? [command, ...rest] : [command, '--no-hooks', ...rest]
    return program('helm/helm', setting)(args, options)
  }

/** Makes a namespace and waits for its default ServiceAccount, without which no pod is created. */
export const makeNamespace =
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

const makeActAs =
  (kubectl: Client, { server, identities }: ClientSetting): Cluster['actAs'] =>
  async (namespace, serviceAccount) => {
    const args = ['create', 'token', serviceAccount, '--duration=24h', '-n', namespace]
    const { stdout } = await kubectl(args)
    return identities.writeKubeconfig(`${namespace}.${serviceAccount}`, server, { token: stdout })
  }

/** The ways in which a test talks to its cluster. */
export const makeClients = (
  setting: ClientSetting
): Pick<
  Cluster,
  'kubectl' | 'helm' | 'istioctl' | 'kubeConfig' | 'namespace' | 'actAs' | 'expose'
> => {
  const { address, kubeconfig } = setting
  const kubectl = program('kubernetes/kubectl', setting)
  return {
    kubectl,
    helm: helmOf(setting),
    istioctl: program('istio/istioctl', setting),
    kubeConfig: () => {
      const config = new KubeConfig()
      config.loadFromFile(kubeconfig)
      return config
    },
    namespace: makeNamespace(kubectl),
    actAs: makeActAs(kubectl, setting),
    expose: (namespace, service, ports) => expose(kubectl, { namespace, service, address, ports })
  }
}
