/** The guide's way "One root": istiod and SPIRE sign under one root, with one trust domain. */
import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { makeRoot, writeAuthority } from './move/authorities.ts'
import { block, namedBlocks } from './move/guide.ts'
import { lossless, moveInTurn, reportAndStop } from './move/lossless.ts'
import { namespaces } from './move/peers.ts'
import { startMesh } from './move/start-mesh.ts'
import { lookAtEnvoys, showRoots } from './move/symptoms.ts'

t.setTimeout(900_000)
const guide = namedBlocks('move-a-live-mesh.md')
const root = await makeRoot()
const mesh = await startMesh({
  meshDomain: 'lab.test',
  workloadDomain: 'lab.test',
  spire: async ({ folder }) => ({ upstream: await writeAuthority(root, folder, 'spire-upstream') }),
  beforeIstiod: async (cluster) => {
    const { certificate, key, bundle } = await writeAuthority(root, cluster.folder, 'istiod')
    const files = [
      ...[`ca-cert.pem=${certificate}`, `ca-key.pem=${key}`],
      ...[`root-cert.pem=${bundle}`, `cert-chain.pem=${certificate}`]
    ].map((file) => `--from-file=${file}`)
    await cluster.kubectl([
      '-n',
      'istio-system',
      'create',
      'secret',
      'generic',
      'cacerts',
      ...files
    ])
  }
})
const { cluster, follow } = mesh
reportAndStop(t, mesh)
await mesh.register()

await t.test('both sides have the same root', async (t) => {
  const { stdout } = await follow(block(guide, 'one-root-compare'))
  const { fingerprint256 } = new X509Certificate(root.cert)
  const prints = stdout.split('\n').filter((line) => line.includes(fingerprint256))
  t.equal(prints.length, 2, stdout)
})

await lossless(t, mesh, 'a plain restart of one namespace', async () => {
  const restart = ['-n', namespaces[0], 'rollout']
  await cluster.kubectl([...restart, 'restart', 'deployment'])
  await cluster.kubectl([...restart, 'status', 'deployment', '--timeout=180s'])
})

await moveInTurn(t, mesh, 'policies hold for who was not named')

await t.test('one root is all that any Envoy trusts', async (t) => {
  const seen = await lookAtEnvoys(cluster)
  t.comment(showRoots(seen))
  const serial = new X509Certificate(root.cert).serialNumber.toLowerCase()
  for (const { pod, roots } of seen) t.strictSame(roots, [serial], pod)
})
