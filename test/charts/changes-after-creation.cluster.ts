import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { type Asked, ask, type Said } from '../api-server/ask.ts'
import { collection } from '../api-server/replay.ts'
import { type KubernetesObject, pod } from '../guard/decision-table-objects.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { until } from '../lab/until.ts'
import {
  type Answer,
  binding,
  bound,
  type Change,
  changes,
  existing,
  refusedByUs
} from './changes-table.ts'
import { mounting, shop, socket } from './conditions-table.ts'
import { type Installed, prepareChart } from './installed.ts'

const mounts = { annotations: { 'mounts.nri.io/pod': '- source: /run/spire' } }

/** The first column of every table of the reference. */
const documented = readFileSync('docs/reference/changes-after-creation.md', 'utf8')
  .split('\n')
  .flatMap((line) => /^\| (.*?) \|/.exec(line)?.[1] ?? [])
  .filter((cell) => cell !== 'what changes' && cell !== '---')

await t.test('every row of the reference has a case, and every case a row', async (t) => {
  t.same(new Set(changes.map(({ row }) => row)), new Set(documented))
  t.ok(documented.length > 20)
})

function judge(t: Test, what: string, answer: Answer, said: Said, asked: Installed['asked']): void {
  const { code, message } = said
  if (answer instanceof RegExp) {
    t.match(message, answer, what)
    return
  }
  t.ok(code < 300, `${what}: ${code} ${message}`)
  if (answer === 'not asked') t.same(asked, [], `${what}: nobody is asked`)
  else t.match(asked.flatMap(({ warnings }) => warnings)[0], answer.warned, what)
}

await t.test('what can change after creation gets the answer of the reference', async (t) => {
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  await cluster.namespace('shop', { 'spiffe-webhook/injection': 'enabled' })
  const say = (asked: Asked): Promise<Said> => ask(cluster.kubeConfig(), asked)
  for (const body of existing) {
    const create = (): Promise<Said> => say({ method: 'POST', path: collection(body), body })
    // A kind of its own is served a moment after its definition.
    const said = await until(`${body.kind} created`, async () => {
      const answer = await create()
      return answer.code !== 404 && answer
    })
    t.equal(said.code, 201, `${body.kind} ${body.metadata.name}: ${said.message}`)
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

  const judgeAll = async (t: Test, members: readonly Change[]): Promise<void> => {
    for (const { row, asked, answer } of members) {
      installed.asked.length = 0
      const said = await say(asked)
      judge(t, `${row}: ${asked.method} ${asked.path}`, answer, said, installed.asked)
    }
  }
  await t.test('each change gets its answer', (t) =>
    judgeAll(
      t,
      changes.filter(({ isDenied }) => isDenied !== true)
    )
  )

  await t.test('with guard.nodePrivileges deny, annotations for devices are refused', async (t) => {
    await installed.upgrade({ guard: { scope: 'cluster', nodePrivileges: 'deny' } })
    const [first] = changes.filter(({ isDenied }) => isDenied === true)
    await until('the other condition', async () =>
      first === undefined ? true : refusedByUs.test((await say(first.asked)).message)
    )
    await judgeAll(
      t,
      changes.filter(({ isDenied }) => isDenied === true)
    )
  })

  await t.test('the name of a namespace is written by the API server', async (t) => {
    const path = '/api/v1/namespaces/shop'
    const labels = { 'kubernetes.io/metadata.name': 'kube-system' }
    t.equal((await say({ method: 'PATCH', path, body: { metadata: { labels } } })).code, 200)
    const { stdout } = await cluster.kubectl(['get', 'namespace', 'shop', '-o', 'json'])
    t.equal(JSON.parse(stdout).metadata.labels['kubernetes.io/metadata.name'], 'shop')
  })

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
