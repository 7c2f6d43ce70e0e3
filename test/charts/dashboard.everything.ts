import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { stringify } from 'yaml'
import { dashboardRows } from '../../generate/dashboard-panels.ts'
import { ask } from '../api-server/ask.ts'
import { bundled } from '../api-server/bundled.ts'
import { installWebhook } from '../api-server/webhook.ts'
import { buildTools } from '../lab/build-tools.ts'
import type { Cluster } from '../lab/cluster.ts'
import { daemon } from '../lab/daemon.ts'
import { execute } from '../lab/execute.ts'
import { freePort } from '../lab/ports.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { tool } from '../lab/toolchain.ts'
import { answers, until } from '../lab/until.ts'
import { drawDashboard, type Shown } from './draw-dashboard.ts'
import { queryRange } from './queries.ts'

const root = join(import.meta.dirname, '../..')
await buildTools(['prometheus/prometheus'], (line) => process.stderr.write(`${line}\n`))

/** How long pods are created. */
const seconds = Number(process.env.DASHBOARD_SECONDS ?? 90)

const proxy = { name: 'istio-proxy', image: 'registry.test/proxyv2:1', args: ['proxy'] }
const raw = [{ name: 'v', hostPath: { path: '/run/spire/agent-sockets' } }]

await t.test('a real Prometheus that scrapes the real server answers every panel', async (t) => {
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  const program = await bundled(cluster.folder)
  const values = { certificates: { leafLifetime: 60 } }
  const webhook = await installWebhook(cluster, values, 2, program)
  await cluster.namespace('sock-shop', { 'spiffe-webhook/injection': 'enabled' })
  await cluster.namespace('elsewhere')
  const proxyPort = await startProxy(cluster)
  const verifyPort = await serveVerify(t, cluster)
  const replicas = webhook.replicas.map(({ probesPort }) => `${cluster.address}:${probesPort}`)
  const server = await startPrometheus(cluster, { replicas, proxyPort, verifyPort })
  const began = Date.now()
  await traffic(cluster, webhook.replicas[0]?.port ?? 0, began + seconds * 500)
  // Nobody answers for some seconds: what API servers see of it has panels of its own.
  const [first, second] = webhook.replicas
  if (first === undefined || second === undefined) throw new Error('two replicas were started')
  await webhook.stopReplica(first)
  await webhook.stopReplica(second)
  await traffic(cluster, 0, Date.now() + 5000)
  await first.daemon.start()
  await second.daemon.start()
  await cluster.expose('spiffe-webhook', 'spiffe-webhook', [first.port, second.port])
  await traffic(cluster, first.port, began + seconds * 1000)
  const range = { from: began / 1000, to: Date.now() / 1000, step: 2 }
  const shown: Shown[] = []
  for (const panel of dashboardRows.flatMap(({ panels }) => panels)) {
    const all = []
    for (const [expr, legend] of panel.queries) {
      const asked = expr.replaceAll('$job', 'spiffe-webhook').replaceAll('$__rate_interval', '15s')
      const series = await queryRange(server, asked, range)
      t.ok(series.length > 0, `${panel.title}: ${legend}: ${series.length} series`)
      all.push({ legend, series })
    }
    shown.push({ panel, answers: all })
  }
  if (process.env.UPDATE_PICTURE !== undefined) {
    writeFileSync(join(root, 'docs/dashboard.svg'), drawDashboard(shown))
  }
})

/** `kubectl proxy`, so that Prometheus needs no certificate for the API server's metrics. */
async function startProxy(cluster: Cluster): Promise<number> {
  const port = await freePort()
  const proxy = daemon({
    name: 'kubectl-proxy',
    binary: tool('kubernetes/kubectl').binary,
    args: ['proxy', `--port=${port}`],
    folder: cluster.folder,
    logs: cluster.logs,
    env: { KUBECONFIG: cluster.kubeconfig },
    ports: [port],
    ready: () => answers(`http://127.0.0.1:${port}/readyz`)
  })
  await cluster.add(proxy)
  return port
}

/** What `verify -o metrics` says of this cluster, as a Pushgateway would serve it. */
async function serveVerify(
  t: { teardown: (end: () => void) => void },
  cluster: Cluster
): Promise<number> {
  const args = [
    join(root, 'src/main.ts'),
    'verify',
    '--kubeconfig',
    cluster.kubeconfig,
    '-o',
    'metrics'
  ]
  const { stdout } = await execute(process.execPath, args, { allowFailure: true })
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(stdout)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

interface Targets {
  readonly replicas: readonly string[]
  readonly proxyPort: number
  readonly verifyPort: number
}

async function startPrometheus(
  cluster: Cluster,
  { replicas, proxyPort, verifyPort }: Targets
): Promise<string> {
  const folder = join(cluster.folder, 'prometheus')
  mkdirSync(folder)
  const scrape = (name: string, targets: readonly string[]): object => ({
    job_name: name,
    static_configs: [{ targets, labels: { namespace: 'spiffe-webhook' } }]
  })
  const jobs = [
    scrape('spiffe-webhook', replicas),
    scrape('apiserver', [`127.0.0.1:${proxyPort}`]),
    scrape('verify', [`127.0.0.1:${verifyPort}`])
  ]
  const global = { scrape_interval: '2s', scrape_timeout: '2s' }
  writeFileSync(join(folder, 'prometheus.yml'), stringify({ global, scrape_configs: jobs }))
  const port = await freePort()
  const server = `http://127.0.0.1:${port}`
  await cluster.add(
    daemon({
      name: 'prometheus',
      binary: tool('prometheus/prometheus').binary,
      args: [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`
      ],
      folder,
      logs: cluster.logs,
      ports: [port],
      ready: () => answers(`${server}/-/ready`)
    })
  )
  return server
}

/** Pods of every kind, dry, until then: moved, opted out, refused, warned, and one request that is no review. */
async function traffic(cluster: Cluster, port: number, end: number): Promise<void> {
  const config = cluster.kubeConfig()
  const create = (namespace: string, spec: object, labels: object = {}): ReturnType<typeof ask> =>
    ask(config, {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/pods?dryRun=All`,
      body: { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'load-', labels }, spec }
    })
  if (port !== 0) await until('an answer', () => nonsense(cluster.address, port))
  while (Date.now() < end) {
    // Again and again: one alone may come before Prometheus has looked for the first time.
    if (port !== 0) await nonsense(cluster.address, port)
    await create('sock-shop', { containers: [proxy] })
    await create('sock-shop', { containers: [proxy] }, { 'spiffe-webhook/inject': 'false' })
    await create('sock-shop', { containers: [proxy], volumes: raw })
    await create('elsewhere', { containers: [{ name: 'a', image: 'a' }], volumes: raw })
    await sleep(50)
  }
}

function nonsense(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const options = {
      host,
      port,
      path: '/inject',
      method: 'POST',
      rejectUnauthorized: false,
      headers
    }
    const sent = request(options, (response) => {
      response.resume()
      resolve(response.statusCode === 400)
    })
    sent.on('error', reject)
    sent.end('nonsense')
  })
}
