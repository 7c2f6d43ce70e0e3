/** SPIRE's root rotates in the middle of a move with two roots: the guide's first step is repeated in time, or is not. */
import t from 'tap'
import { until } from '../lab/until.ts'
import { block, namedBlocks } from './move/guide.ts'
import { lossless } from './move/lossless.ts'
import { namespaces } from './move/peers.ts'
import { type Mesh, startMesh } from './move/start-mesh.ts'

t.setTimeout(3_000_000)
const guide = namedBlocks('move-a-live-mesh.md')
const [meshDomain, workloadDomain] = ['cluster.local', 'spire.test']
/** SPIRE makes the next root after half of this, and signs with it after five sixths. */
const minutes = 9
const mesh: Mesh = await startMesh({
  meshDomain,
  workloadDomain,
  spire: async () => ({ caTtl: `${minutes}m` })
})
const began = Date.now()
const { cluster, traffic, follow, spire } = mesh
t.teardown(async () => {
  t.comment(`\n${traffic.table()}`)
  await cluster.stop({ keepLogs: !t.passing() })
})

const roots = async (): Promise<readonly string[]> =>
  (await spire.bundle()).match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? []

/** Waits until SPIRE has made one more root, which it announces before it signs with it. */
const nextRoot = async (): Promise<void> => {
  const known = (await roots()).length
  await until('the next root', async () => (await roots()).length > known, {
    seconds: minutes * 60,
    everyMs: 2000
  })
  t.comment(`a new root after ${Math.round((Date.now() - began) / 1000)} s`)
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
await lossless(t, mesh, 'the root rotates, and is carried over in time', async () => {
  await nextRoot()
  await follow(block(guide, 'two-roots-istiod'))
  // Long enough for the old root to end.
  await new Promise((resolve) => setTimeout(resolve, (minutes / 2) * 60_000))
})
await t.test('the root rotates, and is not carried over', async (t) => {
  const step = await traffic.during('the root rotates, not carried over', async () => {
    await nextRoot()
    await new Promise((resolve) => setTimeout(resolve, (minutes / 2) * 60_000))
  })
  t.comment(step.why.join('\n'))
  t.ok(step.failed > 0, `${step.failed} of ${step.requests}`)
  await follow(block(guide, 'two-roots-istiod'))
  await lossless(t, mesh, 'carried over late: healed', async () => undefined)
})
