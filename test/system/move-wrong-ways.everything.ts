/** What the guide warns of, run once each, so that it can show what is seen then. */
import t, { type Test } from 'tap'
import { trustNow } from './move/doctor.ts'
import { type Block, block, namedBlocks } from './move/guide.ts'
import { lossless, reportAndStop } from './move/lossless.ts'
import { namespaces, settled } from './move/peers.ts'
import { startMesh } from './move/start-mesh.ts'
import { accessLogOf503, lookAtEnvoys, showRoots } from './move/symptoms.ts'

t.setTimeout(2_400_000)
const guide = namedBlocks('move-a-live-mesh.md')
const [meshDomain, workloadDomain] = ['cluster.local', 'spire.test']
const mesh = await startMesh({ meshDomain, workloadDomain })
const { cluster, traffic, follow } = mesh
reportAndStop(t, mesh)
const [first] = namespaces
const move = block(guide, 'move-namespace')
const moveBack = block(guide, 'move-namespace-back')

/** Moves one namespace and back: between moved and unmoved nothing may pass, and afterwards all. */
async function losesAll(t: Test, title: string, reason?: string): Promise<void> {
  await t.test(title, async (t) => {
    const step = await traffic.during(`${title}: ${first} is moved`, () =>
      follow(move, { NAMESPACE: first })
    )
    t.comment(step.why.join('\n'))
    t.comment(showRoots(await lookAtEnvoys(cluster)))
    const logged = await accessLogOf503(cluster, namespaces[1])
    t.comment(logged.join('\n'))
    t.match(logged.join(), /CERTIFICATE_VERIFY_FAILED/)
    const { detail, reasons } = await trustNow(mesh)
    t.comment(`verify --exec: ${detail}: ${reasons.join()}`)
    if (reason !== undefined) t.strictSame(reasons, [reason])
    t.ok(step.failed > 50, `${step.failed} of ${step.requests} failed`)
    t.notOk(step.pairs['istiod > workload-api'], 'no request reached a moved pod')
    t.match(step.why.join(), /503 upstream connect error/)
    t.ok(step.pairs['istiod > istiod'], 'among the unmoved all is well')
    await traffic.during(`${title}: and back`, async () => {
      await follow(moveBack, { NAMESPACE: first })
      await settled(cluster)
    })
    await lossless(t, mesh, `${title}: healed`, async () => undefined)
  })
}

const without = (name: string, pattern: RegExp): Block => {
  const { text, ...rest } = block(guide, name)
  const changed = text.replace(pattern, '')
  if (changed === text) throw new Error(`${name} does not hold ${pattern}`)
  return { ...rest, text: changed }
}

await lossless(t, mesh, 'before', () => mesh.register())
await losesAll(t, 'nothing prepared', 'TrustDomainNotAccepted')

await t.test('all at once, with the alias', async (t) => {
  await lossless(t, mesh, 'the alias alone', () => follow(block(guide, 'all-at-once-alias')))
  const step = await traffic.during('all at once', () =>
    Promise.all(namespaces.map((NAMESPACE) => follow(move, { NAMESPACE })))
  )
  t.comment(step.why.join('\n'))
  t.ok(step.failed > 0, `${step.failed} of ${step.requests} failed`)
  await settled(cluster)
  await lossless(t, mesh, 'all at once: done', async () => undefined)
  await traffic.during('all at once: and back', async () => {
    await Promise.all(namespaces.map((NAMESPACE) => follow(moveBack, { NAMESPACE })))
    await settled(cluster)
  })
})

for (const [title, pattern] of [
  ['without ISTIO_MULTIROOT_MESH', /^ *values:\n *pilot:\n *env:\n *ISTIO_MULTIROOT_MESH.*\n/m],
  ['without PROXY_CONFIG_XDS_AGENT', /^ *defaultConfig:\n *proxyMetadata:\n *PROXY_CONFIG.*\n/m]
] as const) {
  await lossless(t, mesh, `${title}: prepared`, async () => {
    await follow(without('two-roots-istiod', pattern))
    await follow(block(guide, 'two-roots-restart'))
    await follow(block(guide, 'two-roots-spire'))
    await mesh.register([meshDomain])
    await settled(cluster)
  })
  await losesAll(t, title)
}

await t.test('the trust domain changed first', async (t) => {
  const change: Block = {
    name: 'the trust domain changed first',
    language: 'sh',
    text: 'sed "s/trustDomain: $OLD/trustDomain: $NEW/" istio.yaml > new.yaml\nistioctl install --filename new.yaml --skip-confirmation'
  }
  const changed = await traffic.during('trustDomain changed, nothing else', () => follow(change))
  t.comment(changed.why.join('\n'))
  const restarted = await traffic.during('trustDomain changed: one namespace restarted', () =>
    follow(
      {
        ...change,
        name: 'restart',
        text: 'kubectl -n $NAMESPACE rollout restart deployment\nkubectl -n $NAMESPACE rollout status deployment --timeout=3m || true'
      },
      { NAMESPACE: first }
    )
  )
  t.comment(restarted.why.join('\n'))
  t.comment(showRoots(await lookAtEnvoys(cluster)))
  t.ok(changed.failed + restarted.failed > 0, 'requests fail')
})
