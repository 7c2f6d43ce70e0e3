/** The guide's way "Two roots": istiod and SPIRE with roots and trust domains of their own. */
import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { mayMove, trustNow } from './move/doctor.ts'
import { block, namedBlocks } from './move/guide.ts'
import { lossless, moveInTurn, reportAndStop } from './move/lossless.ts'
import { namespaces } from './move/peers.ts'
import { startMesh } from './move/start-mesh.ts'
import { lookAtEnvoys, showRoots } from './move/symptoms.ts'

t.setTimeout(900_000)
const guide = namedBlocks('move-a-live-mesh.md')
const [meshDomain, workloadDomain] = ['cluster.local', 'spire.test']
const mesh = await startMesh({ meshDomain, workloadDomain })
const { cluster, follow } = mesh
reportAndStop(t, mesh)

await t.test('the doctor says no, and why, before anything is prepared', async (t) => {
  const { code, said } = await mayMove(mesh, namespaces[0])
  t.comment(said)
  t.equal(code, '1')
  t.match(said, 'TrustDomainNotAccepted')
})
await lossless(t, mesh, "the Workload API's root for the unmoved", () =>
  follow(block(guide, 'two-roots-istiod'))
)
await lossless(t, mesh, 'every sidecar restarted once', () =>
  follow(block(guide, 'two-roots-restart'))
)
await lossless(t, mesh, "istiod's root for the moved", async () => {
  await follow(block(guide, 'two-roots-spire'))
  await mesh.register([meshDomain])
})
await t.test('and yes, when all is', async (t) => {
  const { code, said } = await mayMove(mesh, namespaces[0])
  t.comment(said)
  t.equal(code, '0')
  t.notMatch(said, /TrustDomainNotAccepted|RootNotDistributed/)
})
await moveInTurn(t, mesh, 'policies in words of the old trust domain hold')

await t.test('the doctor finds both sides trusting each other', async (t) => {
  const { detail, reasons } = await trustNow(mesh)
  t.match(detail, /two roots/)
  t.strictSame(reasons, [], detail)
})

await t.test('each Envoy trusts both roots, on either side of the border', async (t) => {
  const seen = await lookAtEnvoys(cluster)
  t.comment(showRoots(seen))
  const istiod = await cluster.kubectl([
    ...['-n', 'istio-system', 'get', 'configmap', 'istio-ca-root-cert'],
    ...['-o', 'jsonpath={.data.root-cert\\.pem}']
  ])
  const both = [istiod.stdout, await mesh.spire.bundle()].map((pem) =>
    new X509Certificate(pem).serialNumber.toLowerCase()
  )
  for (const { pod, roots } of seen) t.strictSame(roots, both.toSorted(), pod)
  t.match(
    seen.map(({ id }) => id),
    namespaces.map((namespace) => {
      const domain = namespace === namespaces[1] ? meshDomain : workloadDomain
      return `spiffe://${domain}/ns/${namespace}/sa/peer`
    })
  )
})
