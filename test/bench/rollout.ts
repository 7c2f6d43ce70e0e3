/**
 * Entry of `npm run bench:rollout`: 10,000 real pods at once through two replicas and a real kube-apiserver, as when every
 * workload of a cluster is restarted, in turn with 10,000 pods that no webhook is asked about. The pods are stored; since
 * there is no node, none runs. Exits with 1 where a pod is not created, or created as it was sent.
 */
import { parseArgs } from 'node:util'
import { installWebhook, type Replica } from '../api-server/webhook.ts'
import type { Cluster } from '../lab/cluster.ts'
import { postPods } from '../lab/post-pods.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { until } from '../lab/until.ts'
import { atLeast, atMost, judge } from './figure.ts'
import { injectedPod } from './recorded-pods.ts'
import { cpuOf, production } from './servers.ts'

/** No scheduler looks at them: without a node it would try each again and again. */
const pod = JSON.stringify({
  ...injectedPod,
  spec: { ...injectedPod.spec, schedulerName: 'nobody' }
})
const moved = 'csi.spiffe.io'
const [quiet, optedIn] = ['quiet', 'opted-in']

interface Created {
  readonly seconds: number
  /** Milliseconds of each pod, the shortest first. */
  readonly times: readonly number[]
  readonly moved: number
  readonly failures: readonly string[]
  /** CPU seconds of the API server, and of all replicas. */
  readonly apiServer: number
  readonly replicas: number
}

/** Creates so many pods in a namespace, the next one as soon as a connection is free. */
async function create(
  cluster: Cluster,
  replicas: readonly Replica[],
  namespace: string,
  { pods, connections }: typeof settings
): Promise<Created> {
  const { post, close } = postPods(cluster, { namespace, pod, connections })
  const clocks = [cluster.apiServer, ...replicas.map(({ daemon }) => daemon)].map((part) =>
    cpuOf(part.pid() ?? 0)
  )
  const before = clocks.map((clock) => clock())
  const times: number[] = []
  const failures: string[] = []
  let [left, changed] = [pods, 0]
  const call = async (): Promise<void> => {
    const began = performance.now()
    const { code, text } = await post()
    times.push(performance.now() - began)
    if (text.includes(moved)) changed++
    if (code !== 201) failures.push(`${code} ${text.slice(0, 200)}`)
  }
  const began = performance.now()
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (left-- > 0) await call()
    })
  )
  const seconds = (performance.now() - began) / 1000
  close()
  const [apiServer = 0, ...others] = clocks.map(
    (clock, index) => (clock() - (before[index] ?? 0)) / 1000
  )
  return {
    seconds,
    times: times.toSorted((a, b) => a - b),
    moved: changed,
    failures,
    apiServer,
    replicas: others.reduce((sum, cpu) => sum + cpu, 0)
  }
}

/** Removes them at once: the next thousands shall find the same etcd. */
async function remove({ kubectl }: Cluster, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods?gracePeriodSeconds=0`
  await until(
    'the pods being gone',
    async () => {
      await kubectl(['delete', '--raw', path], { allowFailure: true })
      const { stdout } = await kubectl(['get', '--raw', `${path}&limit=1`])
      return JSON.parse(stdout).items.length === 0
    },
    { seconds: 600, everyMs: 1000 }
  )
}

function print(namespace: string, { times, ...created }: Created): void {
  const at = (part: number): string =>
    (times[Math.min(times.length - 1, Math.floor(part * times.length))] ?? 0).toFixed(0)
  const perPod = (seconds: number): string => ((seconds * 1000) / times.length).toFixed(1)
  const cells = [
    namespace === optedIn ? '`/inject` and `/guard`, two replicas' : 'no webhook',
    created.seconds.toFixed(1),
    (times.length / created.seconds).toFixed(0),
    `${at(0.5)}, ${at(0.99)}, ${at(1)}`,
    `${perPod(created.apiServer)}, ${perPod(created.replicas)}`,
    created.failures.length
  ]
  console.log(`| ${cells.join(' | ')} |`)
  for (const failure of created.failures.slice(0, 5)) console.log(failure)
}

async function measure(cluster: Cluster): Promise<void> {
  await cluster.namespace(quiet)
  await cluster.namespace(optedIn, { 'spiffe-webhook/injection': 'enabled' })
  const values = { excludedNamespaces: ['kube-system', quiet] }
  const { replicas } = await installWebhook(cluster, values, 2, production)
  await until('the webhook being asked', async () => {
    const one = { pods: 1, connections: 1 }
    return (await create(cluster, replicas, optedIn, one)).moved === 1
  })
  // V8 and the API server's caches warm up on both ways.
  for (const namespace of [quiet, optedIn]) {
    await create(cluster, replicas, namespace, { ...settings, pods: 300 })
    await remove(cluster, namespace)
  }
  console.log(
    '| pods created by | s to the last | pods/s | ms p50, p99, longest | CPU ms of the API server and the replicas for each | refused |\n| --- | --- | --- | --- | --- | --- |'
  )
  const results: Created[] = []
  for (const namespace of [quiet, optedIn]) {
    const created = await create(cluster, replicas, namespace, settings)
    print(namespace, created)
    results.push(created)
    await remove(cluster, namespace)
  }
  const refused = results.flatMap(({ failures }) => failures)
  judge([
    atMost('refused', refused.length, 0),
    atLeast('moved', results[1]?.moved ?? 0, settings.pods),
    atMost('changed without a webhook', results[0]?.moved ?? 0, 0)
  ])
}

const { values: flags } = parseArgs({
  options: {
    pods: { type: 'string', default: '10000' },
    connections: { type: 'string', default: '64' }
  }
})
const settings = { pods: Number(flags.pods), connections: Number(flags.connections) }
const cluster = await startCluster()
try {
  await measure(cluster)
} finally {
  await cluster.stop({ keepLogs: process.exitCode === 1 })
}
