/** From the release before to this one and back, while pods are created. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { bundle } from '../../release/bundle.ts'
import { imageArchive } from '../../release/image.ts'
import { projectRoot } from '../../release/project.ts'
import { execute } from '../lab/execute.ts'
import { buildImages } from '../lab/images/build-images.ts'
import { startClusterWithNode } from '../lab/node/start-node.ts'
import { type Outcome, underLoad } from './load.ts'
import { chartOf, releasedFolder, serveReleasedImage } from './released.ts'
import { shop } from './sock-shop.ts'
import { names, webhookValues } from './start-system.ts'

t.setTimeout(1_800_000)

/**
 * The state of the repository that said 0.1.0 for the last time. It was never published: its chart and program are what
 * they were, its image is made as images are today.
 */
const previous = { version: '0.1.0', commit: '7e46dd1e759c3b06dfe93009f65f3cfbb9e83dc8' }

const progress = (line: string): unknown => process.stderr.write(`${line}\n`)
const built = await buildImages(
  names.filter((name) => name === 'webhook'),
  progress
)
const { cluster, node } = await startClusterWithNode()
t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
for (const { archive } of built) await node.load(archive)
if (releasedFolder !== undefined) await serveReleasedImage(cluster, node, releasedFolder)

const folder = join(cluster.folder, 'previous')

/** Lays out the sources of the release before and puts its image on the node. */
const loadPrevious = async (): Promise<void> => {
  mkdirSync(folder)
  const tar = join(cluster.folder, 'previous.tar')
  await execute('git', ['-C', projectRoot, 'archive', '--output', tar, previous.commit])
  await execute('tar', ['--extract', '--file', tar, '--directory', folder])
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'))
  const program = { bundle: await bundle(folder), packages: [], notices: '' }
  const image = 'spiffe-webhook.test/previous'
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
  const release = { version: previous.version, source: '', image, date: '2026-01-01' }
  const { archive } = await imageArchive(release, [architecture], program)
  const file = join(cluster.folder, 'previous-image.tar')
  writeFileSync(file, archive)
  await node.load(file)
}

const helm = (command: readonly string[], values?: object): Promise<unknown> =>
  cluster.helm(
    [
      ...command,
      ...['--namespace', 'spiffe-webhook', '--wait', '--timeout=300s'],
      ...(values === undefined ? [] : ['--values', '-'])
    ],
    values === undefined ? {} : { input: JSON.stringify(values) }
  )

/** The image that the Deployment asks for; Helm waited until every replica runs it. */
const wantedImage = async (): Promise<string> => {
  const jsonPath = 'jsonpath={.spec.template.spec.containers[*].image}'
  const deployment = ['get', 'deployment', 'spiffe-webhook', '-o', jsonPath]
  const { stdout } = await cluster.kubectl(['-n', 'spiffe-webhook', ...deployment])
  return stdout
}

const lostNothing = (t: Test, { admitted, refused }: Outcome): void => {
  t.strictSame(refused, [], `${admitted} pods were admitted, none refused`)
  t.ok(admitted > 50, `${admitted}`)
}

/** It answers, and refuses what it should. */
const guards = async (t: Test): Promise<void> => {
  const thief = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'thief', namespace: shop },
    spec: {
      containers: [{ name: 'thief', image: 'thief' }],
      volumes: [{ name: 'run', hostPath: { path: '/run' } }]
    }
  }
  const apply = ['create', '--dry-run=server', '-f', '-']
  const input = JSON.stringify(thief)
  const { stderr } = await cluster.kubectl(apply, { input, allowFailure: true })
  t.match(stderr, /hostPath volume "run" \(\/run\) reaches the Workload API socket/)
}

await t.test('the release before is installed', async (t) => {
  await loadPrevious()
  const image = { repository: 'spiffe-webhook.test/previous', tag: previous.version }
  const chart = join(folder, 'charts/spiffe-webhook')
  await helm(['install', 'spiffe-webhook', chart, '--create-namespace'], {
    ...webhookValues,
    image
  })
  await cluster.namespace(shop, { 'spiffe-webhook/injection': 'enabled' })
  t.match(await wantedImage(), /previous:0\.1\.0/)
  await guards(t)
})

await t.test('an upgrade loses no admission', async (t) => {
  const upgrade = ['upgrade', 'spiffe-webhook', chartOf('spiffe-webhook'), '--reset-values']
  lostNothing(t, await underLoad(cluster, () => helm(upgrade, webhookValues)))
  t.notMatch(await wantedImage(), /previous/)
  await guards(t)
})

await t.test('a rollback loses no admission', async (t) => {
  lostNothing(t, await underLoad(cluster, () => helm(['rollback', 'spiffe-webhook', '1'])))
  t.match(await wantedImage(), /previous:0\.1\.0/)
  await guards(t)
})

await t.test('and forth again', async (t) => {
  const upgrade = ['upgrade', 'spiffe-webhook', chartOf('spiffe-webhook'), '--reset-values']
  lostNothing(t, await underLoad(cluster, () => helm(upgrade, webhookValues)))
  await guards(t)
})
