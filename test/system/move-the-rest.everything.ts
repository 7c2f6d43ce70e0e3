/** What a move of two roots ends with: a gateway across the border, the trust domain changed last, and all the way back. */
import t from 'tap'
import { callThroughGateway, deployGateway, edge } from './move/gateway.ts'
import { type Block, block, namedBlocks } from './move/guide.ts'
import { lossless } from './move/lossless.ts'
import { deployPolicies, namespaces, settled, strangerAsks } from './move/peers.ts'
import { startMesh } from './move/start-mesh.ts'
import { lookUntil, showRoots } from './move/symptoms.ts'

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
    t.comment(`${requests} requests through the gateway, ${failures.length} failed`)
    t.strictSame(failures, [])
    t.ok(requests > 30, `${requests} requests`)
  })
}

const run = (name: string) => (): Promise<unknown> => follow(block(guide, name))

const strangerIsRefused = (title: string): Promise<unknown> =>
  t.test(`${title}: who is not named is refused`, async (t) => {
    t.strictSame(await strangerAsks(cluster), ['403', '403', '403'])
  })

/** Registers the peers and the gateway. */
const register = async (federatesWith: readonly string[]): Promise<void> => {
  await mesh.register(federatesWith)
  const account = { namespace: edge, serviceAccount: edge, seconds: 3600 }
  await mesh.spire.register({ ...account, federatesWith })
}

const move = block(guide, 'move-namespace')
const moveBack = block(guide, 'move-namespace-back')

await step('a plain restart of the gateway', async () => {
  await cluster.kubectl(['-n', edge, 'rollout', 'restart', 'deployment'])
  await cluster.kubectl(['-n', edge, 'rollout', 'status', 'deployment', '--timeout=180s'])
})
await step("the Workload API's root for the unmoved", run('two-roots-istiod'))
await step('every sidecar restarted once', run('two-roots-restart'))
await step("istiod's root for the moved", async () => {
  await follow(block(guide, 'two-roots-spire'))
  await register([meshDomain])
})
await step('the first namespace is moved', () => follow(move, { NAMESPACE: namespaces[0] }))
await step('policies in words of NEW', () => deployPolicies(cluster, workloadDomain))
await strangerIsRefused('policies in words of NEW')
await step('the gateway is moved', () => follow(move, { NAMESPACE: edge }))
for (const NAMESPACE of namespaces.slice(1)) {
  await step(`${NAMESPACE} is moved`, () => follow(move, { NAMESPACE }))
}
await step('policies in words of OLD', async () => {
  await deployPolicies(cluster, meshDomain)
  await settled(cluster)
})

await t.test('the trust domain changed as Istio says loses requests', async (t) => {
  const change: Block = {
    name: 'trustDomain NEW, alias OLD',
    language: 'sh',
    text: `cat > wrong.yaml <<EOF
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec:
  meshConfig:
    trustDomain: $NEW
    trustDomainAliases: [$OLD]
EOF
istioctl install --filename istio.yaml --filename mixed-time.yaml --filename wrong.yaml --skip-confirmation`
  }
  const lost = await traffic.during(change.name, () => follow(change))
  t.comment(lost.why.join('\n'))
  t.ok(lost.failed > 0, `${lost.failed} of ${lost.requests}`)
  await traffic.during('and back', run('two-roots-istiod'))
})

await step('both trust domains as aliases', run('switch-aliases'))
await step("NEW is the mesh's own", run('switch-domain'))
await strangerIsRefused("NEW is the mesh's own")
await step('the mixed time is ended', async () => {
  await follow(block(guide, 'end-mixed-time'))
  await register([])
  await follow(block(guide, 'end-federation'))
})
await t.test("every Envoy trusts the Workload API's root alone", async (t) => {
  const seen = await lookUntil(cluster, ({ roots }) => roots.length === 1)
  t.comment(showRoots(seen))
  for (const { pod, roots } of seen) t.equal(roots.length, 1, pod)
})

await step('the mixed time again', async () => {
  await follow(block(guide, 'two-roots-spire'))
  await register([meshDomain])
  await follow(block(guide, 'switch-domain-back'))
})
for (const NAMESPACE of [...namespaces, edge]) {
  await step(`${NAMESPACE} goes back`, () => follow(moveBack, { NAMESPACE }))
}
await step('nothing of it is left', run('undo-mixed-time'))
await strangerIsRefused('nothing of it is left')
await t.test("every Envoy trusts istiod's root alone", async (t) => {
  const seen = await lookUntil(cluster, ({ roots }) => roots.length === 1)
  t.comment(showRoots(seen))
  for (const { pod, roots, id } of seen) {
    t.equal(roots.length, 1, pod)
    t.match(id, `spiffe://${meshDomain}/`)
  }
})
