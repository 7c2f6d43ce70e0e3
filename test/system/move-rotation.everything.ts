/** Roots that rotate in the middle of a move with two roots: SPIRE's, carried over in time and too late, and istiod's. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { until } from '../lab/until.ts'
import { type AuthorityFiles, makeRoot, plugIn, writeAuthority } from './move/authorities.ts'
import { block, namedBlocks } from './move/guide.ts'
import { lossless, reportAndStop } from './move/lossless.ts'
import { namespaces } from './move/peers.ts'
import { startMesh } from './move/start-mesh.ts'
import { lookAtEnvoys, lookUntil, showRoots } from './move/symptoms.ts'

t.setTimeout(2_400_000)
const guide = namedBlocks('move-a-live-mesh.md')
const [meshDomain, workloadDomain] = ['cluster.local', 'spire.test']
const made: AuthorityFiles[] = []
const mesh = await startMesh({
  meshDomain,
  workloadDomain,
  beforeIstiod: async (cluster) => {
    for (const name of ['istiod-first', 'istiod-next']) {
      made.push(await writeAuthority(await makeRoot(`${name}-root`), cluster.folder, name))
    }
    const [first] = made
    if (first !== undefined) await plugIn(cluster, first)
  }
})
const { cluster, traffic, follow } = mesh
reportAndStop(t, mesh)
const [first, next] = made
if (first === undefined || next === undefined) throw new Error('no authorities')
const run = (name: string) => (): Promise<unknown> => follow(block(guide, name))
const look = (title: string, count: number): Promise<unknown> =>
  t.test(title, async (t) => {
    const seen = await lookUntil(cluster, ({ roots }) => roots.length === count)
    t.comment(showRoots(seen))
    for (const { pod, roots } of seen) t.equal(roots.length, count, pod)
  })

/** Waits until Envoy has another certificate than before, in the one namespace that is moved. */
async function replaced(something: () => Promise<unknown>): Promise<void> {
  const serial = async (): Promise<string | undefined> =>
    (await lookAtEnvoys(cluster)).find(({ id }) => id.includes(workloadDomain))?.serial
  const before = await serial()
  await something()
  await until('a new certificate', async () => (await serial()) !== before, {
    seconds: 90,
    everyMs: 1000
  })
}

/** Connections that are there already show nothing of new certificates: new pods make new ones. */
async function restart(namespace: string): Promise<void> {
  const rollout = ['-n', namespace, 'rollout']
  await cluster.kubectl([...rollout, 'restart', 'deployment'])
  await cluster.kubectl([...rollout, 'status', 'deployment', '--timeout=180s'])
}

await lossless(t, mesh, 'the mixed time is prepared', async () => {
  await follow(block(guide, 'two-roots-istiod'))
  await follow(block(guide, 'two-roots-restart'))
  await follow(block(guide, 'two-roots-spire'))
  await mesh.register([meshDomain])
})
await lossless(t, mesh, `${namespaces[0]} is moved`, () =>
  follow(block(guide, 'move-namespace'), { NAMESPACE: namespaces[0] })
)

await lossless(t, mesh, "SPIRE's next root, before it signs", async () => {
  await follow(block(guide, 'rotate-prepare'))
  await follow(block(guide, 'two-roots-istiod'))
})
await look('every Envoy trusts three roots', 3)
await lossless(t, mesh, "SPIRE's next root signs", async () => {
  await replaced(run('rotate-activate'))
  await restart(namespaces[0])
})
await lossless(t, mesh, "SPIRE's old root is gone", async () => {
  await follow(block(guide, 'rotate-revoke'))
  await follow(block(guide, 'two-roots-istiod'))
})
await look('and two again', 2)

await t.test("SPIRE's root rotates, and is not carried over", async (t) => {
  const step = await traffic.during("SPIRE's root, not carried over", async () => {
    await follow(block(guide, 'rotate-prepare'))
    await replaced(run('rotate-activate'))
    await restart(namespaces[0])
  })
  t.comment(step.why.join('\n'))
  t.ok(step.failed > 0, `${step.failed} of ${step.requests}`)
  t.match(step.why.join(), /503 upstream connect error/)
  await traffic.during('carried over too late', run('two-roots-istiod'))
})
await lossless(t, mesh, 'and healed', async () => undefined)

const restartIstiod = (ROOTS: string): Promise<unknown> =>
  follow(block(guide, 'rotate-istiod'), { ROOTS })
const both = [first, next].map(({ bundle }) => readFileSync(bundle, 'utf8'))
await lossless(t, mesh, "istiod's next root is handed out", async () => {
  await plugIn(cluster, first, both)
  await restartIstiod('2')
})
await lossless(t, mesh, 'to the moved, too', async () => {
  await follow(block(guide, 'two-roots-spire'))
  await until('both roots of istiod in every Envoy', async () => {
    const serials = both.map((pem) => new X509Certificate(pem).serialNumber.toLowerCase())
    const seen = await lookAtEnvoys(cluster)
    return seen.every(({ roots }) => serials.every((serial) => roots.includes(serial)))
  })
})
await lossless(t, mesh, "istiod's next root signs", async () => {
  await plugIn(cluster, next, both)
  await restartIstiod('2')
  await follow(block(guide, 'two-roots-restart'))
})
await lossless(t, mesh, "istiod's old root is gone", async () => {
  await plugIn(cluster, next)
  await restartIstiod('1')
  await follow(block(guide, 'two-roots-spire'))
})
await lossless(t, mesh, `${namespaces[1]} is moved`, () =>
  follow(block(guide, 'move-namespace'), { NAMESPACE: namespaces[1] })
)
