import t, { type Test } from 'tap'
import { ask, type Said } from '../api-server/ask.ts'
import { collection } from '../api-server/replay.ts'
import { type KubernetesObject, pod } from '../guard/decision-table-objects.ts'
import type { Cluster } from '../lab/cluster.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { until } from '../lab/until.ts'
import {
  agents,
  cases,
  deployment,
  mounting,
  persistentVolume,
  shop,
  socket
} from './conditions-table.ts'
import { type Installed, prepareChart } from './installed.ts'

const plural = (object: KubernetesObject): string =>
  object.kind === 'StorageClass' ? '/apis/storage.k8s.io/v1/storageclasses' : collection(object)

const create = (cluster: Cluster, body: KubernetesObject, dryRun = true): Promise<Said> =>
  ask(cluster.kubeConfig(), {
    method: 'POST',
    path: `${plural(body)}${dryRun ? '?dryRun=All' : ''}`,
    body
  })

const controller = 'system:serviceaccount:kube-system:daemon-set-controller'

const verdict = ({ code }: Said): string => (code < 300 ? 'allow' : 'deny')

async function install(cluster: Cluster): Promise<Installed> {
  const installed = await prepareChart(cluster)
  await installed.upgrade({})
  await cluster.namespace('shop', { 'spiffe-webhook/injection': 'enabled' })
  await cluster.namespace('elsewhere')
  for (const namespace of ['kube-system', 'spiffe-webhook']) await cluster.namespace(namespace)
  await until('the webhook asked', async () => {
    await create(cluster, pod(mounting(socket), shop))
    return installed.asked.length > 0
  })
  return installed
}

async function underOutage(t: Test, cluster: Cluster): Promise<void> {
  for (const [what, object, , , wanted] of cases) {
    const said = await create(cluster, object)
    t.equal(verdict(said), wanted, `${what}: ${said.code} ${said.message}`)
  }
}

/** A gated pod has no sandbox yet: what NRI reads of it may still change. */
async function annotatedLater(t: Test, cluster: Cluster, installed: Installed): Promise<void> {
  const gated = pod({ schedulingGates: [{ name: 'example.com/wait' }] }, { ...shop, name: 'gated' })
  t.equal((await create(cluster, gated, false)).code, 201)
  const patch = async (metadata: object): Promise<Said> => {
    installed.asked.length = 0
    return ask(cluster.kubeConfig(), {
      method: 'PATCH',
      path: `${collection(gated)}/gated?dryRun=All`,
      body: { metadata }
    })
  }
  t.equal((await patch({ labels: { a: 'b' }, annotations: { c: 'd' } })).code, 200)
  t.same(installed.asked, [], 'an ordinary update asks nobody')
  const said = await patch({ annotations: { 'mounts.nri.io/pod': '- source: /run/spire' } })
  t.match(said, { code: 403, message: /NriMountReachesSocket/ })
  t.same(
    installed.asked.map(({ endpoint }) => endpoint),
    ['/guard/enforce']
  )
}

for (const kubernetes of ['1.37', '1.34'] as const) {
  await t.test(`the chart on a real API server ${kubernetes}`, async (t) => {
    const cluster = await startCluster({ kubernetes })
    t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
    const installed = await install(cluster)

    await t.test('the server is asked about what it has something to say of', async (t) => {
      for (const [what, object, endpoints, wanted] of cases) {
        installed.asked.length = 0
        const said = await create(cluster, object)
        t.equal(verdict(said), wanted, `${what}: ${said.code} ${said.message}`)
        t.same(
          installed.asked.map(({ endpoint }) => endpoint),
          endpoints,
          what
        )
      }
    })

    await t.test('an annotation that mounts is asked about when it is put on later', (t) =>
      annotatedLater(t, cluster, installed)
    )

    const old = deployment(mounting('/var/log'), 'old')
    t.equal((await create(cluster, old, false)).code, 201)
    await installed.stopServer()

    await t.test('while nobody answers, only what needs the webhook waits', (t) =>
      underOutage(t, cluster)
    )

    await t.test('an update that leaves the pod template alone never waits', async (t) => {
      const update = async (spec: object, replicas: number): Promise<Said> => {
        const body = deployment(spec, 'old')
        const path = `${collection(body)}/old?dryRun=All`
        const changed = { ...body, spec: { ...(body.spec as object), replicas } }
        return ask(cluster.kubeConfig(), { method: 'PUT', path, body: changed })
      }
      t.equal((await update(mounting('/var/log'), 3)).code, 200)
      t.match(await update(mounting('/var/tmp'), 3), {
        code: 500,
        message: /failed calling webhook/
      })
    })

    await t.test('on a new node agent and driver start while nobody answers', async (t) => {
      await installed.upgrade({ guard: { scope: 'cluster' } })
      await cluster.namespace('spire-system')
      for (const namespace of ['spire-system', 'elsewhere']) {
        for (const name of ['tbot', 'spiffe-csi-driver']) {
          await cluster.kubectl(['-n', namespace, 'create', 'serviceaccount', name])
        }
      }
      for (const [index, [what, body, wanted, username = controller]] of agents.entries()) {
        const asked = {
          method: 'POST',
          path: `${collection(body)}?dryRun=All`,
          body,
          username
        } as const
        const attempt = (): Promise<Said> => ask(cluster.kubeConfig(), asked)
        if (index === 0)
          await until('scope cluster in force', async () => (await attempt()).code !== 201)
        const said = await attempt()
        const expected =
          wanted === 'waits' ? { code: 500, message: /failed calling webhook/ } : { code: 201 }
        t.match(said, expected, `${what} ${wanted}: ${said.message}`)
      }
    })

    await t.test('the policy refuses while nobody answers', async (t) => {
      await installed.upgrade({ guard: { admissionPolicy: true } })
      const said = await until('the policy in force', async () => {
        const answer = await create(cluster, persistentVolume({ hostPath: { path: socket } }))
        return answer.message.includes('ValidatingAdmissionPolicy') && answer
      })
      t.match(said.message, /HostPathReachesSocket: hostPath source of PersistentVolume "x"/)
    })
  })
}
