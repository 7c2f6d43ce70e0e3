/** The chart's own pods on a node, taken away one way after another while pods are created. */
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { until } from '../lab/until.ts'
import { sendHeaviest } from '../server/heaviest-bodies.ts'
import { type Outcome, underLoad } from './load.ts'
import { isReady, podsOf } from './pods.ts'
import { chartOf } from './released.ts'
import { shop } from './sock-shop.ts'
import { openShop, startSystem } from './start-system.ts'

t.setTimeout(600_000)
const system = await startSystem()
const { cluster, node } = system
t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
await openShop(system)

const webhook = 'spiffe-webhook'
const kubectl = (...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> =>
  cluster.kubectl(['-n', webhook, ...args])

/** What a command in a replica says where it fails. */
const inReplica = async (...command: string[]): Promise<string> =>
  kubectl('exec', 'deploy/spiffe-webhook', '--', ...command).then(
    ({ stdout }) => `it ran: ${stdout}`,
    (error: Error) => error.message
  )

interface Replica {
  readonly metadata: {
    readonly name: string
    readonly creationTimestamp: string
    readonly deletionTimestamp?: string
  }
  readonly spec: { readonly securityContext?: object; readonly containers: readonly object[] }
  readonly status: {
    readonly podIP?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

interface Event {
  readonly reason: string
  readonly lastTimestamp?: string
  readonly involvedObject: { readonly name: string }
}

const release = (name: string): string => `app.kubernetes.io/instance=${name}`

const readyReplicas = async (): Promise<readonly Replica[]> => {
  const { stdout } = await kubectl('get', 'pods', '-o', 'json')
  return (JSON.parse(stdout).items as Replica[]).filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  )
}

const bothReady = async (): Promise<unknown> =>
  until('two ready replicas', async () => (await readyReplicas()).length === 2, { seconds: 60 })

const lostNothing = (t: Test, { admitted, refused }: Outcome): void => {
  t.strictSame(refused, [], `${admitted} pods were admitted, none refused`)
  t.ok(admitted > 100)
}

await t.test('two replicas run as the chart promises', async (t) => {
  const replicas = await readyReplicas()
  t.equal(replicas.length, 2)
  for (const { spec } of replicas) {
    t.match(spec.securityContext, { runAsNonRoot: true })
    t.match(spec.containers, [{ securityContext: { readOnlyRootFilesystem: true } }])
  }
  const shell = await inReplica('sh', '-c', 'true')
  t.match(shell, /executable file not found/, 'there is no shell')
  const files = await inReplica('node', '-e', "fs.writeFileSync('/x', '')")
  t.match(files, /EROFS|read-only file system/)
  const can = await kubectl(
    ...['auth', 'can-i', '--list', `--as=system:serviceaccount:${webhook}:${webhook}`]
  )
  t.notMatch(can.stdout, /pods|nodes|\[\*\]/, 'no right to pods, nodes or everything')
})

await t.test('the image was run once before there was a webhook', async (t) => {
  const { stdout } = await kubectl('get', 'events', '-o', 'json')
  const events: readonly Event[] = JSON.parse(stdout).items
  const preflight = (wanted: string): Event | undefined =>
    events.find(
      ({ reason, involvedObject: { name } }) =>
        reason === wanted && name.startsWith('spiffe-webhook-preflight')
    )
  t.ok(preflight('Started'), 'its container ran')
  const completed = Date.parse(preflight('Completed')?.lastTimestamp ?? '')
  const kinds = 'mutatingwebhookconfiguration,validatingwebhookconfiguration'
  const found = await cluster.kubectl(['get', kinds, '-l', release('spiffe-webhook'), '-o', 'json'])
  const made: readonly Replica[] = JSON.parse(found.stdout).items
  t.equal(made.length, 2)
  for (const { metadata } of made) {
    t.ok(Date.parse(metadata.creationTimestamp) >= completed, 'the Job had ended')
  }
})

await t.test('an image that the node cannot pull leaves no webhook behind', async (t) => {
  const name = 'unpublished'
  // Nobody listens there: the pull fails at once.
  const image = 'image.repository=127.0.0.1:1/spiffe-webhook'
  const values = `${image},webhookName=${name},preflight.seconds=40`
  const place = ['--namespace', name, '--create-namespace', '--set', values]
  const install = ['install', name, chartOf('spiffe-webhook'), ...place]
  const { code, stderr } = await cluster.helm(install, { allowFailure: true })
  t.not(code, 0)
  t.match(stderr, /unpublished-preflight|pre-install/)
  const { stdout } = await cluster.kubectl(['-n', name, 'get', 'events', '-o', 'json'])
  const reasons = (JSON.parse(stdout).items as readonly Event[]).map(({ reason }) => reason)
  t.ok(reasons.includes('Failed'), 'the kubelet said that it cannot be pulled')
  const kinds = 'mutatingwebhookconfiguration,validatingwebhookconfiguration,deployment'
  const left = await cluster.kubectl(['get', kinds, '-A', '-l', release(name), '-o', 'name'])
  t.equal(left.stdout, '')
})

await t.test('three rolling restarts lose no admission', async (t) => {
  const outcome = await underLoad(cluster, async () => {
    for (let restart = 0; restart < 3; restart++) {
      await kubectl('rollout', 'restart', 'deployment/spiffe-webhook')
      await kubectl('rollout', 'status', 'deployment/spiffe-webhook', '--timeout=120s')
    }
  })
  lostNothing(t, outcome)
})

await t.test('a deleted replica loses no admission', async (t) => {
  const [replica] = await readyReplicas()
  const outcome = await underLoad(cluster, async () => {
    await kubectl('delete', 'pod', replica?.metadata.name ?? '')
    await bothReady()
  })
  lostNothing(t, outcome)
})

await t.test('a replica deleted by force loses no admission', async (t) => {
  const [replica] = await readyReplicas()
  const outcome = await underLoad(cluster, async () => {
    await kubectl('delete', 'pod', replica?.metadata.name ?? '', '--grace-period=0', '--force')
    await bothReady()
  })
  lostNothing(t, outcome)
})

await t.test('a drained node keeps one replica, and loses no admission', async (t) => {
  const drain = ['drain', node.name, '--pod-selector=app.kubernetes.io/name=spiffe-webhook']
  const outcome = await underLoad(cluster, async () => {
    const drained = await cluster.kubectl([...drain, '--timeout=15s'], { allowFailure: true })
    t.match(drained.stderr, /violate the pod's disruption budget/, 'the budget holds the other')
    t.equal((await readyReplicas()).length, 1)
    await cluster.kubectl(['uncordon', node.name])
    await bothReady()
  })
  lostNothing(t, outcome)
})

await t.test('a replica killed at once lets nothing pass unmoved', async (t) => {
  const outcome = await underLoad(cluster, async () => {
    await node.machine.run('pkill', '-KILL', '--oldest', '-f', 'spiffe-webhook.mjs')
    await cluster.kubectl(['-n', shop, 'scale', 'deployment/orders', '--replicas=3'])
    await bothReady()
  })
  const { admitted, refusals, refused, refusedFor } = outcome
  t.comment(`${admitted} admitted, ${refusals} refused within ${refusedFor} ms: ${refused[0]}`)
  t.ok(refusedFor < 5000, 'Kubernetes sends nobody to a dead pod for long')
  t.strictSame(
    refused.filter((why) => !/failed calling webhook/.test(why)),
    []
  )
  const orders = await until(
    'three pods of orders',
    async () => {
      const pods = await podsOf(cluster, 'orders')
      return pods.length === 3 && pods.every(isReady) && pods
    },
    { seconds: 90 }
  )
  for (const { metadata } of orders) {
    t.equal(metadata.annotations?.['spiffe-webhook/status'], 'injected')
  }
})

await t.test('the heaviest bodies and half ones on every connection kill no replica', async (t) => {
  await bothReady()
  const [replica] = await readyReplicas()
  const state = '{.status.containerStatuses[*].restartCount} {.status.containerStatuses[*].ready}'
  const stateOf = async (): Promise<string> => {
    const name = replica?.metadata.name ?? ''
    return (await kubectl('get', 'pod', name, '-o', `jsonpath=${state}`)).stdout
  }
  const before = await stateOf()
  const flood = { milliseconds: 20_000, connections: 16, halves: 1000 }
  const target = { host: replica?.status.podIP ?? '', port: 8443 }
  const { codes, held } = await sendHeaviest(target, flood)
  const counts = [...codes].map(([code, count]) => `${code}: ${count}`).join(', ')
  t.comment(`${counts}; ${held} half bodies held at once`)
  t.ok((codes.get(400) ?? 0) > 5, 'bodies that are no reviews were read to their end')
  t.ok((codes.get(200) ?? 0) > 1, 'and reviews were answered')
  t.ok(held > 300, `${held} half bodies held`)
  await sleep(3000)
  t.match(before, / true$/)
  t.equal(await stateOf(), before, 'its memory stayed below the limit')
})
