import { buildTools } from '../lab/build-tools.ts'
import type { Cluster } from '../lab/cluster.ts'
import { buildImages, type ImageName } from '../lab/images/build-images.ts'
import { type Node, startClusterWithNode } from '../lab/node/start-node.ts'
import { installIstio } from './istio.ts'
import { type Chart, chartOf, releasedFolder, serveReleasedImage } from './released.ts'
import { apps, deploySockShop, shop } from './sock-shop.ts'
import { type SpireServer, startSpireServer } from './spire.ts'
import { installSpireAgent } from './spire-agent.ts'

/** The architecture of the README, running. */
export interface System {
  readonly cluster: Cluster
  readonly node: Node
  readonly spire: SpireServer
}

/** Seconds that an SVID of the shop lives: short, so that its rotation can be watched. */
export const svidSeconds = 60

/** Trust domain of the mesh. */
export const trustDomain = 'lab.test'

/** The images of the product and of what it is tested with. */
export const images = {
  webhook: 'spiffe-webhook.test/webhook',
  agent: 'spiffe-webhook.test/spire-agent:test',
  driver: 'spiffe-webhook.test/csi-driver',
  registrar: 'spiffe-webhook.test/csi-registrar'
}

/** Client and server of the shop in one image, see sock-shop.mjs. */
export const shopImage = 'spiffe-webhook.test/sock-shop:test'

/** All that a node is given, by the names of their plans: a released image comes from a registry. */
export const names: readonly ImageName[] = [
  ...(releasedFolder === undefined ? (['webhook'] as const) : []),
  'istiod',
  'istio-proxy',
  'spire-agent',
  'csi-driver',
  'csi-registrar',
  'sock-shop'
]

/** Installs a chart of this repository with Helm and waits until its pods are ready. */
export const installChart = async (
  { helm }: Cluster,
  chart: Chart,
  namespace: string,
  values: object
): Promise<void> => {
  const args = ['upgrade', '--install', chart, chartOf(chart), '--namespace', namespace]
  const wait = ['--create-namespace', '--wait', '--timeout=120s', '--values', '-']
  await helm([...args, ...wait], { input: JSON.stringify(values) })
}

/** Values of charts/spiffe-webhook: its own image (a released chart names it), SPIRE's agent, and host paths refused in the whole cluster. */
export const webhookValues: object = {
  ...(releasedFolder === undefined ? { image: { repository: images.webhook, tag: 'test' } } : {}),
  guard: { scope: 'cluster', admissionPolicy: true },
  workloadApi: { agentServiceAccount: 'spire-agent' }
}

/** Values of charts/workload-api beside an agent that is there already. */
export const workloadApiValues: object = {
  provider: 'external',
  trustDomain,
  driver: {
    image: { repository: images.driver, tag: 'test' },
    registrar: { image: { repository: images.registrar, tag: 'test' } }
  }
}

const install = async (cluster: Cluster): Promise<SpireServer> => {
  const spire = await startSpireServer(cluster, trustDomain)
  // The guard is there before those whom it exempts.
  await installChart(cluster, 'spiffe-webhook', 'spiffe-webhook', webhookValues)
  await cluster.namespace('spire-system')
  await Promise.all([
    installIstio(cluster, trustDomain),
    installSpireAgent(cluster, spire, images.agent),
    installChart(cluster, 'workload-api', 'spire-system', workloadApiValues)
  ])
  return spire
}

/** Gives each of the shop's service accounts its identity and deploys the shop into a labelled namespace. */
export const openShop = async ({ cluster, spire }: System): Promise<void> => {
  for (const serviceAccount of apps) {
    await spire.register({ namespace: shop, serviceAccount, seconds: svidSeconds })
  }
  const labels = { 'istio-injection': 'enabled', 'spiffe-webhook/injection': 'enabled' }
  await cluster.namespace(shop, labels)
  await deploySockShop(cluster, shopImage, trustDomain)
}

/** Starts everything on this machine: a minute once the tools and images are in the cache. Needs root. */
export const startSystem = async (): Promise<System> => {
  const progress = (line: string): unknown => process.stderr.write(`${line}\n`)
  await buildTools(['istio/istioctl', 'istio/pilot-discovery'], progress)
  const built = await buildImages(names, progress)
  const { cluster, node } = await startClusterWithNode()
  try {
    for (const { archive } of built) await node.load(archive)
    if (releasedFolder !== undefined) await serveReleasedImage(cluster, node, releasedFolder)
    return { cluster, node, spire: await install(cluster) }
  } catch (error) {
    await cluster.stop({ keepLogs: true })
    throw error
  }
}
