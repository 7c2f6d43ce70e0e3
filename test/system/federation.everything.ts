/** A second trust domain, federated in SPIRE: Envoy trusts it, verify shows it, and requests pass in both directions. */
import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../lab/until.ts'
import { block, namedBlocks } from './move/guide.ts'
import { startPartner } from './move/partner.ts'
import { fetchFrom, namespaces, peer } from './move/peers.ts'
import { startMesh } from './move/start-mesh.ts'
import { lookAtEnvoys } from './move/symptoms.ts'

t.setTimeout(1_200_000)
const [own, PARTNER] = ['lab.test', 'partner.test']
const [orders] = namespaces
const mesh = await startMesh({ meshDomain: own, workloadDomain: own })
const { cluster, spire, follow } = mesh
t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
const partner = await startPartner(cluster, PARTNER)
const guide = namedBlocks('install-on-spire.md')
const seconds = { seconds: 90, everyMs: 1000 }

const apply = (object: object): Promise<unknown> =>
  cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) })

/** The partner's client asks a pod of orders. */
async function ask(): Promise<string> {
  const args = ['-n', orders, 'get', 'pods', '-l', `app=${peer}`, '-o', 'json']
  const { items } = JSON.parse((await cluster.kubectl(args)).stdout) as {
    items: { metadata: { deletionTimestamp?: string }; status: { podIP: string } }[]
  }
  const pod = items.find(({ metadata }) => metadata.deletionTimestamp === undefined)
  const serverId = `spiffe://${own}/ns/${orders}/sa/${peer}`
  return partner.ask(pod?.status.podIP ?? '', await spire.bundle(), serverId)
}

const until200 = (what: string, wanted: string, say: () => Promise<string>): Promise<string> => {
  let last = ''
  return until(
    what,
    async () => {
      last = await say()
      // With the space: an error of OpenSSL begins with a number of its own.
      return last.startsWith(`${wanted} `) && last
    },
    seconds
  ).catch((error: unknown) => {
    throw new Error(`${what}: ${last}`, { cause: error })
  })
}

await t.test('the mesh is moved', async (t) => {
  await mesh.register()
  const move = block(namedBlocks('move-a-live-mesh.md'), 'move-namespace')
  await Promise.all(namespaces.map((NAMESPACE) => follow(move, { NAMESPACE })))
  t.pass()
})

await t.test('before the bundle is there, the partner is refused by Envoy', async (t) => {
  t.match(await ask(), /alert|reset|hang up|ECONN/i)
})

await t.test('federated, Envoy trusts the roots of both', async (t) => {
  const bundle = await partner.spire.ask('bundle', 'show', '-format', 'spiffe')
  writeFileSync(join(cluster.folder, 'reader', 'partner.json'), bundle)
  await follow(block(guide, 'federate-bundle'), { PARTNER })
  await mesh.register([PARTNER])
  const serial = new X509Certificate(await partner.spire.bundle()).serialNumber.toLowerCase()
  const seen = await until(
    'the root of the partner in every Envoy',
    async () => {
      const envoys = await lookAtEnvoys(cluster)
      return envoys.every(({ roots }) => roots.includes(serial)) && envoys
    },
    seconds
  )
  for (const { roots, pod } of seen) t.equal(roots.length, 2, pod)
})

await t.test('verify names the partner', async (t) => {
  const text = 'spiffe-webhook verify --exec -n orders || true'
  const { stdout } = await follow({ name: 'verify', language: 'sh', text })
  t.comment(stdout)
  t.match(stdout, `federated with ${PARTNER}\n`)
})

await t.test('Istio refuses the partner until it is told otherwise', async (t) => {
  t.match(await ask(), /alert|reset|hang up|ECONN/i)
  await follow(block(guide, 'federate-istio'), { PARTNER })
  t.match(await until200('Istio taking the partner', '403', ask), 'RBAC: access denied')
})

await t.test('a policy that names the partner lets it in', async (t) => {
  await apply({
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'partner', namespace: orders },
    spec: {
      action: 'ALLOW',
      rules: [{ from: [{ source: { principals: [`${PARTNER}/client`] } }] }]
    }
  })
  const passed = await until200('the policy being seen', '200', ask)
  t.match(passed, `URI=spiffe://${PARTNER}/client`, 'and the service is told who asked')
})

await t.test('a service of the partner is called, if it shows the right name', async (t) => {
  const port = await partner.serve(cluster.address, await spire.bundle())
  const [host, address] = ['service.partner.test', '240.240.0.1']
  await apply({
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: 'partner', namespace: orders },
    spec: {
      hosts: [host],
      addresses: [address],
      ports: [{ number: 80, name: 'http', protocol: 'HTTP', targetPort: port }],
      resolution: 'STATIC',
      location: 'MESH_EXTERNAL',
      endpoints: [{ address: cluster.address }]
    }
  })
  const expect = (id: string): Promise<unknown> =>
    apply({
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'partner', namespace: orders },
      spec: { host, trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL', subjectAltNames: [id] } } }
    })
  const call = (): Promise<string> => fetchFrom(cluster, orders, `http://${address}/`)
  await expect(`spiffe://${PARTNER}/server`)
  const answer = await until200('the partner answering', '200', call)
  t.match(answer, `URI:spiffe://${own}/ns/${orders}/sa/${peer}`, 'it is told who asked')
  await expect(`spiffe://${PARTNER}/another`)
  t.match(await until200('the wrong name being refused', '503', call), 'upstream connect error')
})
