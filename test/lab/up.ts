/**
 * Entry of `npm run cluster`: a cluster with Istio and the chart that stays up until Ctrl-C. With `--node` the whole
 * system runs, on a node and with identities.
 */
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { installWebhook } from '../api-server/webhook.ts'
import { partsTable } from '../system/parts.ts'
import { openShop, startSystem } from '../system/start-system.ts'
import type { KubernetesVersion } from './api-server.ts'
import type { Cluster } from './cluster.ts'
import { startCluster } from './start-cluster.ts'
import { startIstio } from './start-istio.ts'
import { type ToolName, tool } from './toolchain.ts'

interface Options {
  readonly node: boolean
  readonly kubernetes: KubernetesVersion
  readonly istio: boolean
  readonly webhook: boolean
  readonly trustDomain: string
}

const readOptions = (): Options => {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      kubernetes: { type: 'string', default: '1.37' },
      istio: { type: 'boolean', default: true },
      webhook: { type: 'boolean', default: true },
      node: { type: 'boolean', default: false },
      'trust-domain': { type: 'string', default: 'lab.test' }
    }
  })
  const { kubernetes, istio, webhook, node } = values
  if (kubernetes !== '1.37' && kubernetes !== '1.34') throw new Error(`no build of ${kubernetes}`)
  if (node && !(istio && webhook && kubernetes === '1.37')) {
    throw new Error('--node brings the whole system, on 1.37: it goes with no other flag')
  }
  return { kubernetes, istio, webhook, node, trustDomain: values['trust-domain'] }
}

const optionsOrExit = (): Options => {
  try {
    return readOptions()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}
usage: npm run cluster -- [--kubernetes 1.37|1.34] [--no-istio] [--no-webhook] [--trust-domain NAME]
       npm run cluster -- --node\n`)
    return process.exit(64)
  }
}

const clients: readonly ToolName[] = ['kubernetes/kubectl', 'helm/helm', 'istio/istioctl']

const environment = ({ kubeconfig }: Cluster): string => `
In another terminal:

  export KUBECONFIG=${kubeconfig}
  export PATH=${clients.map((name) => dirname(tool(name).binary)).join(':')}:$PATH
`

const rawPod = `kubectl -n sock-shop run raw --image=registry.test/raw:1 --overrides='{"spec":{"volumes":[{"name":"v","hostPath":{"path":"/var/run"}}]}}'`

const guide = (cluster: Cluster): string => `${environment(cluster)}
  kubectl -n sock-shop run front-end --image=registry.test/front-end:1
  kubectl -n sock-shop get pod front-end -o yaml
  ${rawPod}
  helm -n spiffe-webhook list

No node runs here: pods are admitted, changed and stored, and stay Pending. A process on this machine stands in for the
webhook's own pods. The whole system, as root: npm run cluster -- --node
Logs, with the API server's audit log: ${cluster.logs}
Ctrl-C ends it.
`

const guideToNode = (cluster: Cluster): string => `${environment(cluster)}
  kubectl get pods -A
  npx spiffe-webhook verify --exec --rotation 60
  kubectl -n sock-shop exec deploy/front-end -c front-end -- node -e 'fetch("http://127.0.0.1:8079/").then(async (r) => console.log(await r.text()))'
  kubectl -n sock-shop exec deploy/front-end -c istio-proxy -- pilot-agent request GET certs
  ${rawPod}

${partsTable()}

Logs, with the API server's audit log: ${cluster.logs}
Ctrl-C ends it.
`

const endAsked = async (): Promise<void> => {
  const awake = setInterval(() => undefined, 60_000)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve())
  })
  clearInterval(awake)
}

const startControlPlane = async (options: Options): Promise<Cluster> => {
  const cluster = await startCluster({ kubernetes: options.kubernetes })
  try {
    if (options.istio) await startIstio(cluster, { trustDomain: options.trustDomain })
    if (options.webhook) await installWebhook(cluster)
    const labels = { 'istio-injection': 'enabled', 'spiffe-webhook/injection': 'enabled' }
    await cluster.namespace('sock-shop', labels)
    return cluster
  } catch (error) {
    await cluster.stop({ keepLogs: true })
    throw error
  }
}

const startWithNode = async (): Promise<Cluster> => {
  const system = await startSystem()
  try {
    await openShop(system)
    return system.cluster
  } catch (error) {
    await system.cluster.stop({ keepLogs: true })
    throw error
  }
}

const options = optionsOrExit()
const began = Date.now()
process.stderr.write('starting, Ctrl-C ends it\n')
const cluster = options.node ? await startWithNode() : await startControlPlane(options)
try {
  const { stdout } = await cluster.kubectl(['get', '--raw', '/version'])
  const seconds = ((Date.now() - began) / 1000).toFixed(1)
  process.stdout.write(`Kubernetes ${JSON.parse(stdout).gitVersion} is up after ${seconds} s.\n`)
  process.stdout.write(options.node ? guideToNode(cluster) : guide(cluster))
  await endAsked()
  process.stderr.write('stopping\n')
} finally {
  await cluster.stop()
}
