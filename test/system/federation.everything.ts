/** A second trust domain, federated in SPIRE: Envoy trusts it, and a request of it reaches a moved service. */
import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { connect, type PeerCertificate } from 'node:tls'
import t from 'tap'
import { until } from '../lab/until.ts'
import { type Block, block, namedBlocks } from './move/guide.ts'
import { namespaces, peer } from './move/peers.ts'
import { startMesh } from './move/start-mesh.ts'
import { lookAtEnvoys } from './move/symptoms.ts'
import { startSpireServer } from './spire.ts'

t.setTimeout(1_200_000)
const [own, partner] = ['lab.test', 'partner.test']
const [orders] = namespaces
const mesh = await startMesh({ meshDomain: own, workloadDomain: own })
const { cluster, spire, follow } = mesh
t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
const other = await startSpireServer(cluster, partner)

/** An SVID of the partner, for a client that runs outside of the cluster. */
const mint = async (): Promise<{ readonly cert: string; readonly key: string }> => {
  const id = `spiffe://${partner}/client`
  await other.ask('x509', 'mint', '-spiffeID', id, '-write', cluster.folder)
  const read = (file: string): string => readFileSync(join(cluster.folder, file), 'utf8')
  return { cert: read('svid.pem'), key: read('key.pem') }
}

const podAddress = async (): Promise<string> => {
  const args = ['-n', orders, 'get', 'pods', '-l', `app=${peer}`, '-o', 'json']
  const { items } = JSON.parse((await cluster.kubectl(args)).stdout) as {
    items: { metadata: { deletionTimestamp?: string }; status: { podIP: string } }[]
  }
  return items.find(({ metadata }) => metadata.deletionTimestamp === undefined)?.status.podIP ?? ''
}

const svid = await mint()

/** Asks a pod's Envoy as the partner's client: status and body, or why not. */
const ask = async (): Promise<string> => {
  const [host, ca] = [await podAddress(), await spire.bundle()]
  return new Promise((resolve) => {
    const createConnection = (): ReturnType<typeof connect> =>
      connect({
        ...{ host, port: 8080, ca, ...svid, ALPNProtocols: ['istio-http/1.1'] },
        // The certificate has a SPIFFE ID and no host name.
        checkServerIdentity: (_host: string, { subjectaltname }: PeerCertificate) =>
          subjectaltname === `URI:spiffe://${own}/ns/${orders}/sa/${peer}`
            ? undefined
            : new Error(`another server: ${subjectaltname}`)
      })
    const sent = request({ host, path: '/', createConnection, timeout: 5000 }, (response) => {
      let body = ''
      response.on('data', (text: Buffer) => {
        body += text.toString()
      })
      response.on('end', () => resolve(`${response.statusCode} ${body}`))
    })
    sent.once('error', (error) => resolve(error.message))
    sent.end()
  })
}

const guide = namedBlocks('move-a-live-mesh.md')

await t.test('the mesh is moved', async (t) => {
  await mesh.register()
  for (const NAMESPACE of namespaces) await follow(block(guide, 'move-namespace'), { NAMESPACE })
  t.pass()
})

await t.test('before the bundle is there, the partner is refused by Envoy', async (t) => {
  t.match(await ask(), /alert|reset|hang up|ECONN/i)
})

await t.test('federated, Envoy trusts the roots of both', async (t) => {
  const bundle = join(cluster.folder, 'partner.json')
  writeFileSync(bundle, await other.ask('bundle', 'show', '-format', 'spiffe'))
  const set = ['bundle', 'set', '-format', 'spiffe', '-id', `spiffe://${partner}`]
  await spire.ask(...set, '-path', bundle)
  await mesh.register([partner])
  const serial = new X509Certificate(await other.bundle()).serialNumber.toLowerCase()
  const seen = await until(
    'the root of the partner in Envoy',
    async () => {
      const [first] = await lookAtEnvoys(cluster)
      return first?.roots.some((root) => root.toLowerCase() === serial) && first
    },
    { seconds: 60, everyMs: 1000 }
  )
  t.equal(seen.roots.length, 2, seen.roots.join())
})

await t.test(
  'a request of the partner needs a policy that names it, and then passes',
  async (t) => {
    const accept: Block = {
      name: 'accept the partner',
      language: 'sh',
      text: `cat > partner.yaml <<EOF
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec:
  meshConfig:
    caCertificates:
    - trustDomains: [${partner}]
      pem: |
$(sed 's/^/        /' partner.pem)
EOF
istioctl install --filename istio.yaml --filename partner.yaml --skip-confirmation`
    }
    writeFileSync(join(cluster.folder, 'reader', 'partner.pem'), await other.bundle())
    await follow(accept)
    const refused = await until(
      'Istio taking SPIFFE IDs of the partner',
      async () => {
        const said = await ask()
        return said.startsWith('403') && said
      },
      { seconds: 60, everyMs: 1000 }
    )
    t.match(refused, 'RBAC: access denied')
    const policy = {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'partner', namespace: orders },
      spec: {
        action: 'ALLOW',
        rules: [{ from: [{ source: { principals: [`${partner}/client`] } }] }]
      }
    }
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(policy) })
    const passed = await until(
      'the policy being seen',
      async () => {
        const said = await ask()
        return said.startsWith('200') && said
      },
      { seconds: 60, everyMs: 1000 }
    )
    t.match(passed, `URI=spiffe://${partner}/client`, 'and the service is told who asked')
  }
)
