/** What a sidecar does when the Workload API is not there: nothing, until it is. */
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { until } from '../lab/until.ts'
import { startDaemonSet, stopDaemonSet } from './daemon-sets.ts'
import { envoyCertificates, fetchFrom, inPod, isReady, type LivePod, podOf } from './pods.ts'
import { shop } from './sock-shop.ts'
import { openShop, shopImage, startSystem, trustDomain } from './start-system.ts'

t.setTimeout(600_000)
const system = await startSystem()
const { cluster, node } = system
t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
await openShop(system)

const catalogue = 'http://127.0.0.1:8079/'

let before = 0

/** What istiod's CA has been asked for since it started (its metric citadel_server_csr_count). */
const askedOfIstiod = async (): Promise<number> => {
  const path = '/api/v1/namespaces/istio-system/services/istiod:15014/proxy/metrics'
  const { stdout } = await cluster.kubectl(['get', '--raw', path])
  return Number(/^citadel_server_csr_count (\d+)/m.exec(stdout)?.[1] ?? 0)
}

/** Replaces the front end's pod and returns the new one once its sidecar runs. */
const newFrontEnd = async (): Promise<LivePod> => {
  const old = await podOf(cluster, 'front-end')
  await cluster.kubectl(['-n', shop, 'delete', 'pod', old.metadata.name])
  return until('the new pod having an address', async () => {
    const pod = await podOf(cluster, 'front-end')
    return pod.status.podIP !== undefined && pod
  })
}

/** What a SIGKILL leaves: a socket in the file system that nobody listens on. */
const deadSocket =
  "require('net').createServer().listen('/run/spire/agent-sockets/socket', () => process.kill(process.pid, 'SIGKILL'))"

const staysWithout = async (t: Test, pod: LivePod): Promise<void> => {
  for (let seconds = 0; seconds < 15; seconds++) {
    const now = await podOf(cluster, 'front-end')
    if (now.metadata.name !== pod.metadata.name) t.fail('another pod took its place')
    if (isReady(now)) t.fail('ready without an identity')
    await sleep(1000)
  }
  const certificates = await envoyCertificates(cluster, pod.metadata.name).catch(() => [])
  t.strictSame(certificates, [], 'Envoy holds no certificate')
  t.equal(await askedOfIstiod(), before, "istiod's CA was never asked")
}

const becomesReady = async (t: Test): Promise<void> => {
  const ready = async (): Promise<boolean> => isReady(await podOf(cluster, 'front-end'))
  await until('front-end being ready', ready, { seconds: 120, everyMs: 1000 })
  const { metadata } = await podOf(cluster, 'front-end')
  const [held] = await envoyCertificates(cluster, metadata.name)
  t.equal(held?.id, `spiffe://${trustDomain}/ns/${shop}/sa/front-end`)
  // The other side may have to renew a certificate that expired meanwhile, too.
  let said = ''
  await until('a request between the two', async () => {
    said = await fetchFrom(cluster, 'front-end', catalogue)
    return said.startsWith('200 ')
  })
  t.match(said, /^200 /)
  t.equal(await askedOfIstiod(), before, "istiod's CA was never asked")
}

await t.test("a sidecar that stays with istiod is seen in istiod's counter", async (t) => {
  await cluster.namespace('plain', { 'istio-injection': 'enabled' })
  const image = `--image=${shopImage}`
  await cluster.kubectl(['-n', 'plain', 'run', 'catalogue', image, '--', 'catalogue'])
  await cluster.kubectl([
    '-n',
    'plain',
    'wait',
    '--for=condition=Ready',
    'pod/catalogue',
    '--timeout=60s'
  ])
  before = await askedOfIstiod()
  t.ok(before > 0, `${before} times`)
})

await t.test('agent stopped, its socket gone', async (t) => {
  await stopDaemonSet(cluster, 'spire-agent')
  await node.machine.run('rm', '-f', '/run/spire/agent-sockets/socket')
  const pod = await newFrontEnd()
  await staysWithout(t, pod)
  await t.rejects(
    inPod(
      cluster,
      pod.metadata.name,
      'istio-proxy',
      'ls',
      '/run/secrets/workload-spiffe-uds/socket'
    )
  )
  await startDaemonSet(cluster, 'spire-agent')
  await becomesReady(t)
})

await t.test('agent killed, its socket left behind dead', async (t) => {
  await stopDaemonSet(cluster, 'spire-agent')
  await node.machine.run('sh', '-c', `${process.execPath} -e "${deadSocket}" || true`)
  const socket = await node.machine.run('ls', '-l', '/run/spire/agent-sockets/socket')
  t.match(socket.stdout, /^s/)
  const pod = await newFrontEnd()
  await staysWithout(t, pod)
  await startDaemonSet(cluster, 'spire-agent')
  await becomesReady(t)
})

await t.test('driver gone: the pod waits for it', async (t) => {
  await stopDaemonSet(cluster, 'spiffe-csi-driver')
  const old = await podOf(cluster, 'front-end')
  await cluster.kubectl(['-n', shop, 'delete', 'pod', old.metadata.name, '--wait=false'])
  const waits = await until('the kubelet saying why', async () => {
    const { stdout } = await cluster.kubectl(['-n', shop, 'events', '--types=Warning'])
    return /FailedMount .*csi\.spiffe\.io.*/.exec(stdout)?.[0]
  })
  t.match(waits, 'FailedMount', 'an event names the driver')
  await startDaemonSet(cluster, 'spiffe-csi-driver')
  await becomesReady(t)
})
