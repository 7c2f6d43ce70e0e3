/** The guide's way "One root" for a mesh on istiod's own, self-signed root, which signs SPIRE's authority too. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { block, namedBlocks } from './move/guide.ts'
import { moveInTurn, reportAndStop } from './move/lossless.ts'
import { startMesh } from './move/start-mesh.ts'
import { lookAtEnvoys, showRoots } from './move/symptoms.ts'

t.setTimeout(900_000)
const guide = namedBlocks('move-a-live-mesh.md')
let pem = ''
const mesh = await startMesh({
  meshDomain: 'lab.test',
  workloadDomain: 'lab.test',
  spire: async ({ folder }, follow) => {
    await follow(block(guide, 'one-root-istiods-own'))
    const [root, key] = ['root.pem', 'root-key.pem'].map((name) => join(folder, 'reader', name))
    if (root === undefined || key === undefined) throw new Error('no root')
    pem = readFileSync(root, 'utf8')
    return { upstream: { certificate: root, key, bundle: root } }
  }
})
const { cluster, follow } = mesh
reportAndStop(t, mesh)
await mesh.register()
const root = new X509Certificate(pem)

await t.test('the root is one that istiod made and signed itself', async (t) => {
  t.equal(root.issuer, root.subject)
  t.ok(root.verify(root.publicKey))
  const named = ['-n', 'istio-system', 'get', 'secret', 'cacerts', '--ignore-not-found']
  t.equal((await cluster.kubectl(named)).stdout, '', 'nothing is plugged in')
})

await t.test('both sides have the same root', async (t) => {
  const { stdout } = await follow(block(guide, 'one-root-compare'))
  t.equal(stdout.split(root.fingerprint256).length - 1, 2, stdout)
})

await moveInTurn(t, mesh, 'policies hold for who was not named')

await t.test('one root is all that any Envoy trusts', async (t) => {
  const seen = await lookAtEnvoys(cluster)
  t.comment(showRoots(seen))
  for (const { pod, roots } of seen) t.strictSame(roots, [root.serialNumber.toLowerCase()], pod)
})
