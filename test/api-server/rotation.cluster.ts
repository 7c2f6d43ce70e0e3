import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startCluster } from '../lab/start-cluster.ts'
import { until } from '../lab/until.ts'
import { ask } from './ask.ts'
import { installWebhook } from './webhook.ts'

/** Seconds of continuous pod creation: five minutes, unless somebody is in a hurry. */
const seconds = Number(process.env.ROTATION_SECONDS ?? 300)

/** An istio-proxy of its own, so that the webhooks are asked without Istio. */
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'load-' },
  spec: { containers: [{ name: 'istio-proxy', image: 'registry.test/proxyv2:1', args: ['proxy'] }] }
}

await t.test('CA and leaf rotate, replicas restart: no admission fails', async (t) => {
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  const certificates = { leafLifetime: 20, caLifetime: 50 }
  const webhook = await installWebhook(cluster, { certificates }, 2)
  await cluster.namespace('load', { 'spiffe-webhook/injection': 'enabled' })
  const config = cluster.kubeConfig()
  const path = '/api/v1/namespaces/load/pods?dryRun=All'
  const create = (): ReturnType<typeof ask> => ask(config, { method: 'POST', path, body: pod })
  await until('the webhook is asked', async () => (await create()).code === 201)

  const counts = { created: 0, failed: [] as string[] }
  const state = { on: true }
  const load = [1, 2].map(async () => {
    while (state.on) {
      const said = await create()
      if (said.code === 201) counts.created += 1
      else counts.failed.push(`${said.code} ${said.message}`)
      await sleep(20)
    }
  })
  const bundles = new Set<string>()
  const end = Date.now() + seconds * 1000
  let restarts = 0
  while (Date.now() < end) {
    const kind = 'mutatingwebhookconfiguration'
    const jsonPath = '{.webhooks[0].clientConfig.caBundle}'
    const { stdout } = await cluster.kubectl([
      'get',
      kind,
      'spiffe-webhook',
      '-o',
      `jsonpath=${jsonPath}`
    ])
    bundles.add(stdout)
    await sleep(5000)
    const [oldest] = webhook.replicas
    if (++restarts % 4 !== 0 || oldest === undefined) continue
    await webhook.startReplica()
    await webhook.stopReplica(oldest)
  }
  state.on = false
  await Promise.all(load)
  t.same(counts.failed, [])
  t.ok(counts.created > seconds * 5, `${counts.created} admissions`)
  t.ok(bundles.size > seconds / 50, `${bundles.size} caBundles seen`)
  t.comment(
    `${counts.created} admissions, ${bundles.size} caBundles, ${Math.floor(restarts / 4)} restarts`
  )
})

await t.test('what is lost is made again while the webhook serves', async (t) => {
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  const webhook = await installWebhook(cluster, { certificates: { leafLifetime: 60 } }, 2)
  await cluster.namespace('load', { 'spiffe-webhook/injection': 'enabled' })
  const config = cluster.kubeConfig()
  const path = '/api/v1/namespaces/load/pods?dryRun=All'
  const create = (): ReturnType<typeof ask> => ask(config, { method: 'POST', path, body: pod })
  const works = (): Promise<boolean> => create().then(({ code }) => code === 201)
  await until('the webhook is asked', works)

  await t.test('a caBundle that somebody empties, on every entry', async (t) => {
    const kind = 'validatingwebhookconfiguration'
    const { stdout } = await cluster.kubectl(['get', kind, 'spiffe-webhook', '-o', 'json'])
    const operations = JSON.parse(stdout).webhooks.map((_: unknown, index: number) => ({
      op: 'remove',
      path: `/webhooks/${index}/clientConfig/caBundle`
    }))
    const patch = JSON.stringify(operations)
    await cluster.kubectl(['patch', kind, 'spiffe-webhook', '--type=json', '-p', patch])
    const began = Date.now()
    await until('every entry repaired', async () => {
      const now = await cluster.kubectl(['get', kind, 'spiffe-webhook', '-o', 'json'])
      const webhooks: readonly { clientConfig: { caBundle?: string } }[] = JSON.parse(
        now.stdout
      ).webhooks
      return webhooks.every(({ clientConfig }) => clientConfig.caBundle !== undefined)
    })
    t.ok(Date.now() - began < 10_000, `repaired after ${Date.now() - began} ms`)
    await until('admission works', works)
  })

  await t.test('a Secret that is deleted, without a failed admission', async (t) => {
    const secret = ['-n', 'spiffe-webhook', 'secret', 'spiffe-webhook-tls']
    await cluster.kubectl(['delete', ...secret])
    let failed = 0
    await until('a new Secret', async () => {
      if (!(await works())) failed += 1
      const { code, stdout } = await cluster.kubectl(['get', ...secret, '-o', 'name'], {
        allowFailure: true
      })
      return code === 0 && stdout !== ''
    })
    for (let i = 0; i < 20; i++) {
      if (!(await works())) failed += 1
      await sleep(500)
    }
    t.equal(failed, 0)
  })

  await t.test('the API server away for a while', async (t) => {
    await cluster.apiServer.stop()
    await sleep(10_000)
    await cluster.apiServer.start()
    await until('admission works', works)
    t.ok(
      webhook.replicas.every(({ daemon }) => daemon.pid() !== undefined),
      'no replica ended'
    )
  })
})
