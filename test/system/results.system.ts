/*
 * The architecture on a real node, sentence by sentence: what was asked for it to show, each a test of that name.
 * Teleport cannot run here: SPIRE stands in for tbot and the Teleport cluster, so two of the sentences, on its audit
 * log and on identities beyond Kubernetes, have no test.
 */
import { X509Certificate } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { until } from '../lab/until.ts'
import { partsTable } from './parts.ts'
import { envoyCertificates, fetchFrom, inPod, isReady, podOf, presentedBy } from './pods.ts'
import { apps, shop } from './sock-shop.ts'
import { openShop, shopImage, startSystem, svidSeconds, trustDomain } from './start-system.ts'
import { addOldTemplates, templatesAnnotation } from './templates.ts'

t.setTimeout(600_000)
t.comment(partsTable())
const system = await startSystem()
const { cluster, node, spire } = system
t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
await openShop(system)

const idOf = (app: string): string => `spiffe://${trustDomain}/ns/${shop}/sa/${app}`
const catalogue = 'http://127.0.0.1:8079/'

await t.test('Deployments that say nothing of identities become Ready', async (t) => {
  for (const app of apps) {
    const pod = await podOf(cluster, app)
    t.ok(isReady(pod), app)
    t.equal(pod.metadata.annotations?.['spiffe-webhook/status'], 'injected')
  }
})

await t.test("Istio proxy gets X.509-SVIDs, not of Istio's built-in CA", async (t) => {
  const signers = (await spire.bundle()).match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  for (const app of apps) {
    const pod = await podOf(cluster, app)
    const [held] = await envoyCertificates(cluster, pod.metadata.name)
    t.equal(held?.id, idOf(app), 'Envoy says so itself')
    const port = app === 'catalogue' ? 8080 : 8079
    const shown = await presentedBy(pod, port)
    t.equal(shown.subjectAltName, `URI:${idOf(app)}`, 'a stranger is shown it')
    t.ok(
      signers.some((pem) => shown.verify(new X509Certificate(pem).publicKey)),
      'with the signature of the Workload API'
    )
  }
})

await t.test('a request is mutual TLS with both identities', async (t) => {
  const answer = await fetchFrom(cluster, 'front-end', catalogue)
  t.match(answer, /^200 /)
  t.match(answer, `By=${idOf('catalogue')};`)
  t.match(answer, `URI=${idOf('front-end')}`)
})

await t.test('another identity is refused by the AuthorizationPolicy', async (t) => {
  t.match(await fetchFrom(cluster, 'orders', catalogue), /^403 RBAC: access denied/)
})

await t.test('who has no identity is refused by STRICT', async (t) => {
  const { status } = await podOf(cluster, 'catalogue')
  await t.rejects(fetch(`http://${status.podIP}:8080/`), { message: 'fetch failed' })
})

await t.test('Secure socket sharing via CSI driver, not direct hostPath', async (t) => {
  for (const app of apps) {
    const { spec } = await podOf(cluster, app)
    t.strictSame(
      spec?.volumes?.filter((volume) => 'hostPath' in volume),
      []
    )
    t.match(spec?.volumes, [{ name: 'workload-socket', csi: { driver: 'csi.spiffe.io' } }])
  }
  const raw = { volumes: [{ name: 'raw', hostPath: { path: '/run/spire/agent-sockets' } }] }
  for (const namespace of [shop, 'default', 'spire-system']) {
    const overrides = [
      '--image=registry.test/raw:1',
      `--overrides=${JSON.stringify({ spec: raw })}`
    ]
    const { stderr } = await cluster.kubectl(['-n', namespace, 'run', 'raw', ...overrides], {
      allowFailure: true
    })
    t.match(stderr, 'HostPathReachesSocket', `refused in ${namespace}`)
  }
})

await t.test('Per-pod isolation and verification', async (t) => {
  const mounts = async (): Promise<string> => (await node.machine.run('cat', '/proc/mounts')).stdout
  const mountOf = (uid: string): string =>
    `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~csi/workload-socket/mount`
  const pod = await podOf(cluster, 'orders')
  for (const app of apps) {
    const { metadata } = await podOf(cluster, app)
    t.match(await mounts(), mountOf(metadata.uid), `${app} has a mount of its own`)
  }
  const inside = ['sh', '-c', 'touch /run/secrets/workload-spiffe-uds/mine']
  await t.rejects(inPod(cluster, pod.metadata.name, 'istio-proxy', ...inside), /Read-only/)
  await t.rejects(
    inPod(cluster, pod.metadata.name, 'orders', 'ls', '/run/secrets/workload-spiffe-uds'),
    /No such file/,
    'the application does not see it unless it asks to'
  )
  await cluster.kubectl(['-n', shop, 'delete', 'pod', pod.metadata.name])
  await until('the mount going with the pod', async () => {
    return !(await mounts()).includes(mountOf(pod.metadata.uid))
  })
  t.pass('it goes with the pod')
  await until('orders being back', async () => isReady(await podOf(cluster, 'orders')))
})

await t.test('Automatic certificate rotation', async (t) => {
  const { metadata } = await podOf(cluster, 'front-end')
  const [first] = await envoyCertificates(cluster, metadata.name)
  const answers: string[] = []
  const expires = first?.expires.getTime() ?? 0
  t.ok(expires < Date.now() + (svidSeconds + 15) * 1000, 'it does not live long')
  while (Date.now() < expires + 1000) {
    answers.push((await fetchFrom(cluster, 'front-end', catalogue)).slice(0, 4))
    await sleep(500)
  }
  const [last] = await envoyCertificates(cluster, metadata.name)
  t.not(last?.serial, first?.serial, 'another serial number')
  t.equal(last?.id, first?.id, 'the same identity')
  t.strictSame([...new Set(answers)], ['200 '], `${answers.length} requests went on`)
})

await t.test('the three checks of the architecture print what it says', async (t) => {
  const { metadata } = await podOf(cluster, 'front-end')
  const { name } = metadata
  const jsonpath = '-o=jsonpath={.spec.volumes[?(@.name=="workload-socket")]}'
  const volume = await cluster.kubectl(['get', 'pod', '-n', shop, name, jsonpath])
  const csi = { driver: 'csi.spiffe.io', readOnly: true }
  t.strictSame(JSON.parse(volume.stdout), { csi, name: 'workload-socket' })
  const env = (await inPod(cluster, name, 'istio-proxy', 'env')).split('\n')
  t.strictSame(env.filter((line) => /CA_ADDR|PILOT_CERT/.test(line)).sort(), [
    'CA_ADDR=unix:///run/secrets/workload-spiffe-uds/socket',
    'PILOT_CERT_PROVIDER=workloadapi'
  ])
  const folder = '/run/secrets/workload-spiffe-uds/'
  const listed = await inPod(cluster, name, 'istio-proxy', 'ls', '-la', folder)
  t.match(listed, /^srwxrwxrwx +1 root +root +0 .* socket$/m)
})

await t.test("the two templates are refused by today's API server, until the label", async (t) => {
  await addOldTemplates(cluster)
  await cluster.namespace('old', { 'istio-injection': 'enabled' })
  await spire.register({ namespace: 'old', serviceAccount: 'default', seconds: 3600 })
  const old = { metadata: { annotations: templatesAnnotation } }
  const image = [`--image=${shopImage}`, `--overrides=${JSON.stringify(old)}`, '--', 'catalogue']
  const run = (name: string): Promise<{ code: number; stderr: string }> =>
    cluster.kubectl(['-n', 'old', 'run', name, ...image], { allowFailure: true })
  const refused = await until('Istio knowing the templates', async () => {
    const said = await run('before')
    return said.code !== 0 && said
  })
  t.match(refused.stderr, /spec\.containers\[\d\]\.image: Required value/)
  t.match(refused.stderr, /spec\.initContainers\[\d\]\.name: Duplicate value: "istio-proxy"/)
  await cluster.kubectl(['label', 'namespace', 'old', 'spiffe-webhook/injection=enabled'])
  const admitted = await until('the label being seen', async () => {
    const said = await run('after')
    return said.code === 0 && said
  })
  t.match(admitted.stderr, /RepairedTemplate: .*teleport-sidecar,spire/, 'with a warning')
  const wait = ['wait', '--for=condition=Ready', 'pod/after', '--timeout=90s']
  await cluster.kubectl(['-n', 'old', ...wait])
  t.pass('Ready, with nothing changed but the label of the namespace')
})

await t.test('the charts may have their host paths, and nobody else', async (t) => {
  const chart = ['-n', 'spire-system', 'get', 'daemonset', 'spiffe-csi-driver', '-o', 'json']
  const { spec } = JSON.parse((await cluster.kubectl(chart)).stdout).spec.template
  const run = async (namespace: string, serviceAccountName: string): Promise<string> => {
    const pod = { spec: { serviceAccountName, volumes: spec.volumes } }
    const args = ['--image=registry.test/other:1', `--overrides=${JSON.stringify(pod)}`]
    const dryRun = ['-n', namespace, 'run', 'other', '--dry-run=server', ...args]
    return (await cluster.kubectl(dryRun, { allowFailure: true })).stderr
  }
  t.match(
    await run('spire-system', 'default'),
    /denied (the )?request: HostPath/,
    'another service account'
  )
  await cluster.kubectl(['create', 'serviceaccount', 'spiffe-csi-driver'])
  t.match(
    await run('default', 'spiffe-csi-driver'),
    /denied (the )?request: HostPath/,
    'another namespace'
  )
  t.match(
    await run('spire-system', 'spiffe-csi-driver'),
    /denied (the )?request: HostPath/,
    'the right one, but a pod that no DaemonSet made'
  )
  const pods = ['-n', 'spire-system', 'get', 'pods', '-o', 'jsonpath={.items[*].status.phase}']
  t.equal((await cluster.kubectl(pods)).stdout, 'Running Running', 'agent and driver run')
})

await t.test('the machine keeps no trace of the node', async (t) => {
  t.strictSame(
    ['/run', '/var/lib'].flatMap((folder) =>
      readdirSync(folder).filter((name) => /^(spire|kubelet)$/.test(name))
    ),
    [],
    'the node keeps its files in namespaces of its own'
  )
})
