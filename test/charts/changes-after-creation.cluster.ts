import t from 'tap'
import { type Asked, ask, type Said } from '../api-server/ask.ts'
import { collection } from '../api-server/replay.ts'
import { type KubernetesObject, pod, volume } from '../guard/decision-table-objects.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { until } from '../lab/until.ts'
import { deployment, mounting, persistentVolume, shop, socket } from './conditions-table.ts'
import { prepareChart } from './installed.ts'

/*
 * The rows of docs/reference/changes-after-creation.md that are answered, each on a real API server: what is there
 * already, what is changed, and who answers.
 */

const mounts = { annotations: { 'mounts.nri.io/pod': '- source: /run/spire' } }
const gated = pod({ schedulingGates: [{ name: 'example.com/wait' }] }, { ...shop, name: 'gated' })
const sized = { name: 'app', image: 'app:1', resources: { requests: { cpu: '1' } } }
const plain = pod({ containers: [sized] }, { ...shop, name: 'plain' })
const bound = pod({}, { ...shop, name: 'bound' })
const waiting = pod({ volumes: [volume('/run/spire')] }, { ...shop, name: 'waiting' })
const workload = deployment({}, 'workload')
const network = { nfs: { server: 'nfs.test', path: '/x' } }
const claimed = { ...persistentVolume(network), metadata: { name: 'claimed' } }
const storage: KubernetesObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local' },
  provisioner: 'rancher.io/local-path',
  parameters: { nodePath: '/data' }
}
const storageClasses = '/apis/storage.k8s.io/v1/storageclasses'
const debug = { name: 'debug', image: 'busybox:1', volumeMounts: [{ name: 'v', mountPath: '/h' }] }
const binding = (name: string, metadata: object): object => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name, ...metadata },
  target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' }
})
const at = (object: KubernetesObject, sub = ''): string =>
  `${object.kind === 'StorageClass' ? storageClasses : collection(object)}/${object.metadata.name}${sub}?dryRun=All`
const patch = (object: KubernetesObject, body: object, sub = ''): Asked => ({
  method: 'PATCH',
  path: at(object, sub),
  body
})
const resources = { requests: { cpu: '2' } }
const template = { spec: mounting(socket) }

const refusedByUs = /spiffe-webhook\.internal" denied the request/
const immutable = /immutable|forbidden|may not|Forbidden/

/** What is changed, how, and the answer: ours, Kubernetes' own, or none and nobody is asked. */
const rows: readonly (readonly [what: string, asked: Asked, answer: RegExp | 'not asked'])[] = [
  ['annotation that mounts', patch(gated, { metadata: mounts }), refusedByUs],
  [
    'annotation that mounts, by a binding',
    { method: 'POST', path: at(plain, '/binding'), body: binding('plain', mounts) },
    refusedByUs
  ],
  [
    'binding without such an annotation',
    { method: 'POST', path: at(plain, '/binding'), body: binding('plain', {}) },
    'not asked'
  ],
  ['other annotations', patch(plain, { metadata: { annotations: { a: 'b' } } }), 'not asked'],
  [
    'label that opts out',
    patch(plain, { metadata: { labels: { 'spiffe-webhook/inject': 'false' } } }),
    'not asked'
  ],
  ['scheduling gates', patch(gated, { spec: { schedulingGates: null } }), 'not asked'],
  [
    'ephemeral container',
    patch(waiting, { spec: { ephemeralContainers: [debug] } }, '/ephemeralcontainers'),
    refusedByUs
  ],
  [
    'resize',
    patch(plain, { spec: { containers: [{ name: 'app', image: 'app:1', resources }] } }, '/resize'),
    'not asked'
  ],
  ['status', patch(plain, { status: { phase: 'Running' } }, '/status'), 'not asked'],
  ['volumes of a pod', patch(plain, { spec: mounting(socket) }), immutable],
  ['pod template', patch(workload, { spec: { template } }), refusedByUs],
  ['replicas', patch(workload, { spec: { replicas: 2 } }), 'not asked'],
  [
    'source of a PersistentVolume',
    patch(claimed, { spec: { nfs: null, hostPath: { path: socket } } }),
    immutable
  ],
  ['parameters of a StorageClass', patch(storage, { parameters: { nodePath: socket } }), immutable]
]

await t.test('what can change after creation gets the answer of the reference', async (t) => {
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  await cluster.namespace('shop', { 'spiffe-webhook/injection': 'enabled' })
  const say = (asked: Asked): Promise<Said> => ask(cluster.kubeConfig(), asked)
  for (const body of [gated, plain, bound, waiting, workload, claimed, storage]) {
    const path = body.kind === 'StorageClass' ? storageClasses : collection(body)
    t.equal((await say({ method: 'POST', path, body })).code, 201, String(body.metadata.name))
  }
  await t.test('a binding does bring its annotations into the pod', async (t) => {
    const path = `${collection(bound)}/bound/binding`
    const said = await say({ method: 'POST', path, body: binding('bound', mounts) })
    t.equal(said.code, 201, said.message)
    const { stdout } = await cluster.kubectl(['-n', 'shop', 'get', 'pod', 'bound', '-o', 'json'])
    t.match(JSON.parse(stdout).metadata, mounts)
  })
  const installed = await prepareChart(cluster)
  t.teardown(() => installed.stopServer())
  const refused = (body: KubernetesObject): Promise<boolean> =>
    say({ method: 'POST', path: `${collection(body)}?dryRun=All`, body }).then(({ message }) =>
      refusedByUs.test(message)
    )
  const raw = pod(mounting(socket), shop)
  await installed.upgrade({ guard: { scope: 'cluster' } })
  await until('the webhook asked', () => refused(raw))

  for (const [what, asked, answer] of rows) {
    installed.asked.length = 0
    const { code, message } = await say(asked)
    if (answer === 'not asked') {
      t.ok(code < 300, `${what}: ${code} ${message}`)
      t.same(installed.asked, [], `${what}: nobody is asked`)
    } else t.match(message, answer, what)
  }

  await t.test('a namespace that loses the label is one of the others', async (t) => {
    const labels = { 'spiffe-webhook/injection': null }
    const path = '/api/v1/namespaces/shop'
    t.equal((await say({ method: 'PATCH', path, body: { metadata: { labels } } })).code, 200)
    await until('the other entry', async () => {
      installed.asked.length = 0
      t.ok(await refused(raw), 'refused all the while')
      return installed.asked.some(({ endpoint }) => endpoint === '/guard/enforce-host-paths')
    })
  })
})
