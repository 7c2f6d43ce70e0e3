import { X509Certificate } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { chartPath } from '../charts/helm.ts'
import type { Cluster } from '../lab/cluster.ts'
import { startCertManager } from '../lab/start-cert-manager.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { until } from '../lab/until.ts'
import { mountSecret } from './mounted-secret.ts'
import { bundlesOf, createIn, under } from './under.ts'
import { type Replica, startReplica } from './webhook.ts'

const name = 'spiffe-webhook'
const own = ['--namespace', name]
/** Longer than the injector takes to write a caBundle, so that the two are apart as they are on a node. */
const kubeletDelay = 5000
const program = [new URL('../../src/main.ts', import.meta.url).pathname]

const secretOf = async (cluster: Cluster, secret: string, key: string): Promise<string> => {
  const args = ['get', 'secret', secret, ...own, '--ignore-not-found', '-o', 'json']
  const { stdout } = await cluster.kubectl(args)
  const data = stdout === '' ? {} : JSON.parse(stdout).data
  return Buffer.from(data[key] ?? '', 'base64').toString()
}

/** Serial number of the certificate that a replica shows. */
const servedBy = (cluster: Cluster, { port }: Replica): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: cluster.address, port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.serialNumber ?? '')
      socket.destroy()
    })
    socket.once('error', reject)
  })

/** What `cmctl renew` does: it sets the condition Issuing, which cert-manager's controllers act on. */
const renew = async (cluster: Cluster, certificate: string): Promise<void> => {
  const args = ['get', 'certificate', certificate, ...own, '-o', 'json']
  const found = JSON.parse((await cluster.kubectl(args)).stdout)
  const issuing = {
    type: 'Issuing',
    status: 'True',
    reason: 'ManuallyTriggered',
    message: 'Certificate re-issuance manually triggered',
    lastTransitionTime: new Date().toISOString(),
    observedGeneration: found.metadata.generation
  }
  const status = { ...found.status, conditions: [...found.status.conditions, issuing] }
  await cluster.kubectl(['replace', '--subresource=status', '-f', '-'], {
    input: JSON.stringify({ ...found, status })
  })
}

const install = (
  cluster: Cluster,
  values: object = {},
  ...flags: readonly string[]
): Promise<unknown> => {
  const args = ['upgrade', '--install', name, chartPath(name), ...own, ...flags, '--values', '-']
  const input = JSON.stringify({ certificates: { mode: 'certManager' }, ...values })
  return cluster.helm(args, { input })
}

/** Every entry of both configurations holds the CA of the Secret that the replicas serve from; older ones may stay beside it. */
const injected = async (cluster: Cluster): Promise<boolean> => {
  const ca = await secretOf(cluster, `${name}-tls`, 'ca.crt')
  const bundles = await bundlesOf(cluster)
  return ca !== '' && bundles.every((bundle) => bundle.includes(ca.trim()))
}

t.comment('cert-manager v1.21.2: its controllers and cainjector, started by a program of ours')
const cluster = await startCluster()
t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
await startCertManager(cluster)
await cluster.namespace(name)
await install(cluster)
await until('the certificate', () => secretOf(cluster, `${name}-tls`, 'tls.crt').then(Boolean), {
  seconds: 120
})
const mount = await mountSecret(cluster, {
  namespace: name,
  secret: `${name}-tls`,
  delay: kubeletDelay
})
t.teardown(mount.stop)
const start = {
  kubeconfig: await cluster.actAs(name, name),
  program,
  certificates: { directory: mount.folder }
}
const replicas = [await startReplica(cluster, start, 0), await startReplica(cluster, start, 1)]
await cluster.expose(
  name,
  name,
  replicas.map(({ port }) => port)
)
await cluster.namespace('sock-shop', { 'spiffe-webhook/injection': 'enabled' })
const create = createIn(cluster)

const serialOf = async (secret = `${name}-tls`): Promise<string> =>
  new X509Certificate(await secretOf(cluster, secret, 'tls.crt')).serialNumber

/** Waits until another certificate than the one of this serial number lies in the Secret and is served. */
const servesAnother = async (t: Test, serial: string): Promise<void> => {
  await until('another certificate', async () => (await serialOf()) !== serial, { seconds: 60 })
  const now = await serialOf()
  for (const replica of replicas) {
    await until('replicas serve it', async () => (await servedBy(cluster, replica)) === now)
  }
  await until('it is injected', () => injected(cluster))
  t.not(now, serial, `${serial} became ${now}`)
  // What the API server finds only when it connects again.
  await sleep(5000)
}

await t.test('issued, injected, served, and pods are admitted', async (t) => {
  await until('a caBundle in every entry', () => injected(cluster), { seconds: 60 })
  t.equal((await bundlesOf(cluster)).length, 12)
  t.equal((await create()).code, 201)
  for (const replica of replicas) t.equal(await servedBy(cluster, replica), await serialOf())
  const leaf = new X509Certificate(await secretOf(cluster, `${name}-tls`, 'tls.crt'))
  t.equal(leaf.subjectAltName, `DNS:${name}.${name}.svc`)
  const hours = (Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / 3_600_000
  t.equal(hours, 24, 'certificates.leafLifetime')
})

await t.test('the certificate is renewed under load', async (t) => {
  const before = await serialOf()
  const lost = await under(create, async () => {
    await renew(cluster, name)
    await servesAnother(t, before)
  })
  t.same(lost, [])
})

await t.test('its Secret is deleted under load', async (t) => {
  const before = await serialOf()
  const lost = await under(create, async () => {
    await cluster.kubectl(['delete', 'secret', `${name}-tls`, ...own])
    await servesAnother(t, before)
  })
  t.same(lost, [])
})

await t.test('the CA is renewed with its key, then the certificate, under load', async (t) => {
  const [ca, before] = [await serialOf(`${name}-ca`), await serialOf()]
  const lost = await under(create, async () => {
    await renew(cluster, `${name}-ca`)
    await until('another CA', async () => (await serialOf(`${name}-ca`)) !== ca)
    await renew(cluster, name)
    await servesAnother(t, before)
  })
  t.same(lost, [])
  const made = new X509Certificate(await secretOf(cluster, `${name}-tls`, 'ca.crt'))
  t.equal(made.serialNumber, await serialOf(`${name}-ca`), 'the caBundle is the new CA')
})

await t.test('both Secrets are deleted under load: another CA with another key', async (t) => {
  const [before, ca] = [await serialOf(), await secretOf(cluster, `${name}-ca`, 'tls.crt')]
  const lost = await under(create, async () => {
    await cluster.kubectl(['delete', 'secret', `${name}-ca`, ...own])
    await until('another CA', async () => {
      const made = await secretOf(cluster, `${name}-ca`, 'tls.crt')
      return made !== '' && made !== ca
    })
    await cluster.kubectl(['delete', 'secret', `${name}-tls`, ...own])
    await servesAnother(t, before)
  })
  t.same(lost, [])
  for (const bundle of await bundlesOf(cluster)) {
    t.ok(bundle.includes(ca.trim()), 'the CA before stays in the caBundle beside the new one')
  }
})

await t.test('Helm upgrades under load and leaves the caBundle alone', async (t) => {
  const lost = await under(create, async () => {
    await install(cluster, { timeoutSeconds: 6 })
    t.ok(await injected(cluster), 'no entry without its caBundle')
    await sleep(2000)
  })
  t.same(lost, [])
})

await t.test(
  'another scope has other entries, which a client-side upgrade can take away',
  async (t) => {
    const scope = { guard: { scope: 'cluster' } }
    // The injector applies its caBundle on the server, and so owns a part of an entry that Helm takes away.
    await t.rejects(install(cluster, scope), /clientConfig: Required value/)
    t.equal((await create()).code, 201, 'and what was there still works')
    await install(cluster, scope, '--server-side=false')
    await until('new entries are injected', () => injected(cluster))
    t.equal((await bundlesOf(cluster)).length, 14)
    await until('the webhook is asked', async () => (await create()).code === 201)
  }
)

await t.test('after an uninstall its Secrets stay until somebody deletes them', async (t) => {
  await cluster.helm(['uninstall', name, ...own])
  const secrets = async (): Promise<string> =>
    (await cluster.kubectl(['get', 'secrets', ...own, '-o', 'name'])).stdout
  t.match(await secrets(), new RegExp(`secret/${name}-ca\nsecret/${name}-tls`))
  await cluster.kubectl(['delete', 'secret', `${name}-ca`, `${name}-tls`, ...own])
  await sleep(3000)
  t.notMatch(await secrets(), new RegExp(`${name}-(ca|tls)`), 'nothing makes them again')
})
