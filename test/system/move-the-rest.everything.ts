/** What a move of two roots ends with: a gateway across the border, and the mesh's own trust domain changed last. */
import t from 'tap'
import { callThroughGateway, deployGateway, edge } from './move/gateway.ts'
import { type Block, block, namedBlocks } from './move/guide.ts'
import { lossless } from './move/lossless.ts'
import { namespaces, strangerAsks } from './move/peers.ts'
import { startMesh } from './move/start-mesh.ts'
import { lookAtEnvoys } from './move/symptoms.ts'

t.setTimeout(2_400_000)
const guide = namedBlocks('move-a-live-mesh.md')
const [meshDomain, workloadDomain] = ['cluster.local', 'spire.test']
const mesh = await startMesh({ meshDomain, workloadDomain })
const { cluster, node, traffic, follow } = mesh
const outside: { stop: () => Promise<void> }[] = []
t.teardown(async () => {
  t.comment(`\n${traffic.table()}`)
  for (const { stop } of outside) await stop()
  await cluster.stop({ keepLogs: !t.passing() })
})

await deployGateway(cluster, meshDomain)
const gateway = await callThroughGateway(node.network.nodeAddress)
outside.push(gateway)

/** A step that loses nothing, neither among the peers nor through the gateway. */
async function step(title: string, something: () => Promise<unknown>): Promise<void> {
  gateway.take()
  await lossless(t, mesh, title, something)
  await t.test(`${title}: through the gateway`, async (t) => {
    const { requests, failures } = gateway.take()
    t.strictSame(failures, [], `${requests} requests`)
    t.ok(requests > 50)
  })
}

const move = block(guide, 'move-namespace')
await step('the gateway restarted', async () => {
  await cluster.kubectl(['-n', edge, 'rollout', 'restart', 'deployment'])
  await cluster.kubectl(['-n', edge, 'rollout', 'status', 'deployment', '--timeout=180s'])
})
await step("the Workload API's root for the unmoved", () =>
  follow(block(guide, 'two-roots-istiod'))
)
await step('every sidecar restarted once', () => follow(block(guide, 'two-roots-restart')))
await step("istiod's root for the moved", async () => {
  await follow(block(guide, 'two-roots-spire'))
  await mesh.register([meshDomain])
  const account = { namespace: edge, serviceAccount: edge, seconds: 3600 }
  await mesh.spire.register({ ...account, federatesWith: [meshDomain] })
})
await step('the first namespace is moved', () => follow(move, { NAMESPACE: namespaces[0] }))
await step('the gateway is moved', () => follow(move, { NAMESPACE: edge }))
for (const NAMESPACE of namespaces.slice(1)) {
  await step(`${NAMESPACE} is moved`, () => follow(move, { NAMESPACE }))
}

await t.test('both roots, in every Envoy', async (t) => {
  for (const { pod, roots } of await lookAtEnvoys(cluster)) t.equal(roots.length, 2, pod)
})

/** Replaces the mesh's own trust domain, and what stays beside it. */
const domains = (own: string, aliases: string): Block => ({
  name: `trustDomain ${own}, aliases ${aliases}`,
  language: 'sh',
  text: `sed "s/trustDomain: $OLD\\$/trustDomain: ${own}/" istio.yaml > last.yaml
sed "s/trustDomainAliases: .*/trustDomainAliases: [${aliases}]/" mixed-time.yaml > last-mixed.yaml
istioctl install --filename last.yaml --filename last-mixed.yaml --skip-confirmation
sleep 20`
})

await t.test('the trust domain of the mesh changed at the end', async (t) => {
  const both = await traffic.during('aliases OLD and NEW', () =>
    follow(domains('$OLD', '$OLD, $NEW'))
  )
  t.comment(both.why.join('\n'))
  const switched = await traffic.during('trustDomain NEW, aliases OLD and NEW', () =>
    follow(domains('$NEW', '$OLD, $NEW'))
  )
  t.comment(switched.why.join('\n'))
  t.comment(JSON.stringify(gateway.take()))
  const after = await traffic.during('and after', async () => undefined)
  t.equal(after.failed, 0, 'it heals')
  t.strictSame(await strangerAsks(cluster), ['403', '403', '403'])
  const back = await traffic.during('trustDomain OLD, alias NEW', () =>
    follow(domains('$OLD', '$NEW'))
  )
  t.comment(back.why.join('\n'))
  const direct = await traffic.during('trustDomain NEW, alias OLD', () =>
    follow(domains('$NEW', '$OLD'))
  )
  t.comment(direct.why.join('\n'))
})
