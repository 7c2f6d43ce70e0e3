/** docs/guides/install.md as its reader follows it: the files of a release, a cluster and a registry, no checkout. */
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { notesOf } from '../../release/changelog.ts'
import { projectVersion, readProject } from '../../release/project.ts'
import { writeRelease } from '../../release/write-release.ts'
import type { Cluster } from '../lab/cluster.ts'
import { execute, type Outcome } from '../lab/execute.ts'
import { buildImages } from '../lab/images/build-images.ts'
import { startClusterWithNode } from '../lab/node/start-node.ts'
import { startRegistry } from '../lab/registry.ts'
import { tool } from '../lab/toolchain.ts'
import { installIstio } from './istio.ts'
import { block, namedBlocks } from './move/guide.ts'
import { isReady, podOf } from './pods.ts'
import { apps, deploySockShop, shop } from './sock-shop.ts'
import { startSpireServer } from './spire.ts'
import { installSpireAgent } from './spire-agent.ts'
import { images, names, shopImage, trustDomain, workloadApiValues } from './start-system.ts'

t.setTimeout(1_800_000)
const progress = (line: string): unknown => process.stderr.write(`${line}\n`)
const version = projectVersion()
const blocks = namedBlocks('install.md')

const built = await buildImages(
  names.filter((name) => name !== 'webhook'),
  progress
)
const { cluster, node } = await startClusterWithNode()
t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
for (const { archive } of built) await node.load(archive)
const registry = await startRegistry(cluster, node.name)

/** What the reader downloaded. */
const folder = join(cluster.folder, 'downloads')
await writeRelease(
  folder,
  {
    version,
    source: 'https://spiffe-webhook.example',
    image: 'registry.example/spiffe-webhook',
    date: '2026-11-28'
  },
  notesOf(readProject('CHANGELOG.md'), version)
)

const programs = ({ folder }: Cluster): string => {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  for (const name of ['kubernetes/kubectl', 'helm/helm'] as const) {
    symlinkSync(tool(name).binary, join(bin, name.split('/')[1] ?? ''))
  }
  return `${bin}:${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`
}
const path = programs(cluster)

/** Runs a block of the page in the folder of the downloads. */
const follow = async (name: string): Promise<Outcome> => {
  const text = block(blocks, name).text.replaceAll('registry.example.com', registry.address)
  progress(`guide: ${name}`)
  return execute('bash', ['-euo', 'pipefail', '-c', text], {
    folder,
    allowFailure: true,
    env: {
      PATH: path,
      HOME: cluster.folder,
      KUBECONFIG: cluster.kubeconfig,
      SSL_CERT_FILE: registry.authority,
      VERSION: version,
      REGISTRY: registry.address
    }
  })
}

await t.test('what the reader has before: Istio, a Workload API and a shop on istiod', async () => {
  const spire = await startSpireServer(cluster, trustDomain)
  await cluster.namespace('spire-system')
  await installIstio(cluster, trustDomain)
  await installSpireAgent(cluster, spire, images.agent)
  const chart = join(folder, `workload-api-${version}.tgz`)
  const where = ['--namespace', 'spire-system', '--wait', '--timeout=180s', '--values', '-']
  await cluster.helm(['install', 'workload-api', chart, ...where], {
    input: JSON.stringify(workloadApiValues)
  })
  for (const serviceAccount of apps) {
    await spire.register({ namespace: shop, serviceAccount, seconds: 3600 })
  }
  await cluster.namespace(shop, { 'istio-injection': 'enabled' })
  await deploySockShop(cluster, shopImage, trustDomain)
})

for (const name of ['check', 'push', 'install', 'move']) {
  await t.test(`step ${name}`, async (t) => {
    const { code, stdout, stderr } = await follow(name)
    t.equal(code, 0, `${stdout}\n${stderr}`)
    t.comment(stdout.trim().split('\n').slice(-3).join('\n'))
  })
}

await t.test('the image is the released one, by its digest', async (t) => {
  const jsonPath = 'jsonpath={.items[*].status.containerStatuses[*].imageID}'
  const { stdout } = await cluster.kubectl(['-n', 'spiffe-webhook', 'get', 'pods', '-o', jsonPath])
  const { stdout: digest } = await execute('cat', [join(folder, 'image-digest.txt')])
  for (const id of stdout.split(' '))
    t.equal(id, `${registry.address}/spiffe-webhook@${digest.trim()}`)
})

await t.test('the shop is moved', async (t) => {
  for (const app of apps) {
    const pod = await podOf(cluster, app)
    t.ok(isReady(pod), app)
    t.equal(pod.metadata.annotations?.['spiffe-webhook/status'], 'injected', app)
  }
})

await t.test('step refuse', async (t) => {
  const { code, stderr } = await follow('refuse')
  t.not(code, 0)
  t.match(stderr, block(blocks, 'refused').text.trim())
})
