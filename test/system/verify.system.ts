/** The doctor on the real system: real Envoys, real certificates, real faults. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { examine, type Told, visit } from '../api-server/doctor.ts'
import { until } from '../lab/until.ts'
import { startChromium } from '../page/chromium.ts'
import { startDaemonSet, stopDaemonSet } from './daemon-sets.ts'
import { envoyCertificates, podOf } from './pods.ts'
import { inReadme } from './readme.ts'
import { apps, shop } from './sock-shop.ts'
import { openShop, shopImage, startSystem, svidSeconds, trustDomain } from './start-system.ts'

t.setTimeout(900_000)
const system = await startSystem()
const { cluster, spire } = system
const { kubectl, kubeconfig } = cluster
t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
await openShop(system)

const found = ({ findings }: Told): readonly string[] =>
  [...new Set(findings.map(({ reason, name }) => `${reason} ${name}`))].sort()

/** A pod that only Istio has seen, with a service account of its own. */
const runPod = async (namespace: string, name: string): Promise<void> => {
  await kubectl(['-n', namespace, 'create', 'serviceaccount', name])
  const spec = JSON.stringify({ spec: { serviceAccountName: name } })
  const image = [`--image=${shopImage}`, `--overrides=${spec}`]
  await kubectl(['-n', namespace, 'run', name, ...image, '--', 'catalogue'])
  await kubectl(['-n', namespace, 'wait', '--for=condition=Ready', `pod/${name}`, '--timeout=90s'])
}

await t.test('healthy: every check passes, and every certificate is shown', async (t) => {
  const args = ['--exec', '--rotation', String(svidSeconds), '--strict']
  const { code, out, err } = await visit(kubeconfig, args)
  t.comment(`\n${out}`)
  t.equal(code, 0, err)
  const { shown, printed } = inReadme(`verify --exec --rotation ${svidSeconds}`, out)
  t.equal(printed, shown, 'as the README shows it')
  t.match(out, /17 checks, none failed: 0 errors, 0 warnings; 3 pods on the Workload API, 0 missed/)
  for (const app of apps) {
    const { metadata } = await podOf(cluster, app)
    const [held] = await envoyCertificates(cluster, metadata.name)
    t.match(out, `${shop}/${metadata.name}`)
    t.match(out, `spiffe://${trustDomain}/ns/${shop}/sa/${app}`)
    t.match(out, `-> ${held?.serial}`, 'the new serial number is the one in use')
  }
})

await t.test('the page of this system, which docs shows as a picture', async (t) => {
  const { out, code } = await visit(kubeconfig, ['--exec', '-o', 'html'])
  t.equal(code, 0)
  const file = join(t.testdir({ 'mesh.html': out }), 'mesh.html')
  const browser = await startChromium()
  t.teardown(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 1280, height: 1100 } })
  await page.goto(`file://${file}`)
  for (const app of apps) {
    t.match(await page.textContent('body'), `spiffe://${trustDomain}/ns/${shop}/sa/${app}`)
  }
  const picture = await page.screenshot({ fullPage: true })
  t.ok(picture.length < 500_000, `${picture.length} bytes`)
  if (process.env.UPDATE_PICTURES === '1') writeFileSync('docs/verify.png', picture)
})

await t.test('a SPIFFE ID of the wrong shape', async (t) => {
  const path = `/k8s/${shop}/odd`
  await spire.register({ namespace: shop, serviceAccount: 'odd', seconds: 3600, path })
  await runPod(shop, 'odd')
  const told = await examine(kubeconfig, ['--exec'])
  t.equal(told.code, 1)
  t.strictSame(found(told), ['WrongSpiffeId odd'])
  t.match(told.findings[0]?.message, `spiffe://${trustDomain}${path}`)
  await kubectl(['-n', shop, 'delete', 'pod', 'odd'])
})

await t.test("a pod on istiod's CA, created before the label", async (t) => {
  await cluster.namespace('late', { 'istio-injection': 'enabled' })
  await runPod('late', 'cart')
  await kubectl(['label', 'namespace', 'late', 'spiffe-webhook/injection=enabled'])
  const told = await examine(kubeconfig, ['--exec'])
  // Two roots, and one sidecar that is not moved: the answer to "may the next namespace be moved?" is no.
  const trust = ['BundleWithoutIstiod istio', 'RootNotDistributed istio']
  t.strictSame(found(told).toSorted(), [trust[0], 'IssuedByIstiod cart', 'Missed cart', trust[1]])
  const { out } = await visit(kubeconfig)
  const notOk = out.replace(/^ok .*\n/gm, '')
  t.comment(`\n${notOk}`)
  const { shown, printed } = inReadme('verify | grep -v ^ok', notOk)
  t.equal(printed, shown, 'as the README shows it')
  await kubectl(['label', 'namespace', 'late', 'spiffe-webhook/injection-'])
  await kubectl(['-n', 'late', 'delete', 'pod', 'cart'])
})

await t.test('the driver missing on the node', async (t) => {
  await stopDaemonSet(cluster, 'spiffe-csi-driver')
  const told = await until('the kubelet letting go of the driver', async () => {
    const told = await examine(kubeconfig)
    return found(told).includes(`DriverNotOnNode ${system.node.name}`) && told
  })
  t.equal(told.code, 1)
  await startDaemonSet(cluster, 'spiffe-csi-driver')
  await until('the driver being back', async () => (await examine(kubeconfig)).healthy)
})

await t.test('agent stopped: told at once, and certificates that are not rotated', async (t) => {
  await stopDaemonSet(cluster, 'spire-agent')
  const stopped = await examine(kubeconfig, ['--rotation', '10'])
  t.match(found(stopped).join(), 'AgentNotReady')
  t.match(found(stopped).join(), 'NotRotated')
})

await t.test('agent stopped for longer than a certificate lives', async (t) => {
  await sleep(svidSeconds * 1000 + 5000)
  const told = await examine(kubeconfig, ['--exec'])
  const expired = told.findings.filter(({ reason }) => reason === 'CertificateExpired')
  t.equal(expired.length, apps.length, 'every pod of the shop is named')
  await startDaemonSet(cluster, 'spire-agent')
  await until(
    'a healthy system again',
    async () => (await examine(kubeconfig, ['--exec'])).healthy,
    {
      seconds: 120,
      everyMs: 1000
    }
  )
  t.pass('and the system heals by itself')
})

await t.test('a namespace is all that one may see', async (t) => {
  const role = ['create', 'role', 'looker', '--verb=get,list', '--resource=pods,configmaps']
  await kubectl(['-n', shop, ...role])
  await kubectl([
    '-n',
    shop,
    'create',
    'role',
    'looker-exec',
    '--verb=create,get',
    '--resource=pods/exec'
  ])
  for (const name of ['looker', 'looker-exec']) {
    const who = `--serviceaccount=${shop}:default`
    await kubectl(['-n', shop, 'create', 'rolebinding', name, `--role=${name}`, who])
  }
  const told = await examine(await cluster.actAs(shop, 'default'), ['-n', shop, '--exec'])
  t.strictSame(found(told), [])
  t.match(told.pods, [{ namespace: shop, onSocket: apps.length, missed: 0 }])
  t.ok(told.notSeen.length > 0, 'and it says what it could not see')
})
