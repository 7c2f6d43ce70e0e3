import t, { type Test } from 'tap'
import { ask } from '../api-server/ask.ts'
import {
  asRequest,
  collection,
  isTerminating,
  named,
  type ReviewRequest
} from '../api-server/replay.ts'
import { nameOf, prepareTable, requestsOf } from '../api-server/table-in-cluster.ts'
import { decisionTable, type Row, tableExemptions } from '../guard/decision-table.ts'
import { pod, volume } from '../guard/decision-table-objects.ts'
import type { Cluster } from '../lab/cluster.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { until } from '../lab/until.ts'
import { type Installed, prepareChart } from './installed.ts'

/** Subresources of which no entry asks: their bodies are no pods, or change no annotation. */
const unasked = ['tpl-scale', 'sub-other', 'status-old']

/** Rows about what a real API server never asks: deletions, unknown kinds, broken objects. */
const isSendable = ({ id, reviews }: Row): boolean =>
  !unasked.includes(id) &&
  reviews.every((review) => {
    const { object, operation } = (review as { readonly request: ReviewRequest }).request
    return operation !== 'DELETE' && typeof object === 'object' && object !== null
  })

/** Requests that the API server refuses by itself: broken paths, and privileges that need more than the row says. */
const unacceptable = [
  'path-backstep-0',
  'path-missing-0',
  'path-missing-1',
  'path-missing-2',
  'tpl-rc-nil-0',
  'host-priv-2',
  'host-priv-3',
  'host-priv-4'
]

const rows = decisionTable.filter(isSendable)
const groups = Map.groupBy(rows, ({ guard }) => JSON.stringify(guard ?? {}))

/** A node may create pods for itself alone, and says so (NodeRestriction). */
async function onOwnNode(cluster: Cluster, request: ReviewRequest): Promise<ReviewRequest> {
  const [, name] = /^system:node:(.*)$/.exec(request.userInfo.username) ?? []
  if (name === undefined) return request
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name } })
  const { stdout } = await cluster.kubectl(['apply', '-f', '-', '-o', 'json'], { input })
  const { uid } = JSON.parse(stdout).metadata
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid, controller: true }]
  const { object } = request
  const metadata = { ...object.metadata, ownerReferences }
  const spec = { ...(object.spec as object), nodeName: name }
  return { ...request, object: { ...object, metadata, spec } }
}

/** Objects that are updated must be there before the webhook would refuse them. */
async function createOld(cluster: Cluster): Promise<void> {
  for (const row of rows) {
    for (const [index, request] of requestsOf(row).entries()) {
      if (request.oldObject === null) continue
      const body = named(request.oldObject, nameOf(row, index), isTerminating(request))
      const path = collection(body)
      const { ephemeralContainers, ...spec } = (body.spec ?? {}) as Record<string, unknown>
      await ask(cluster.kubeConfig(), { method: 'POST', path, body: { ...body, spec } })
      if (ephemeralContainers !== undefined) {
        // No pod is created with one.
        const one = `${path}/${nameOf(row, index)}/ephemeralcontainers`
        await ask(cluster.kubeConfig(), { method: 'PUT', path: one, body })
      }
      if (!isTerminating(request)) continue
      await ask(cluster.kubeConfig(), { method: 'DELETE', path: `${path}/${nameOf(row, index)}` })
    }
  }
}

const probe = pod({ volumes: [volume('/run/spire/agent-sockets')] }, { name: 'probe' })

async function untilRefused(cluster: Cluster, isRefused: boolean): Promise<void> {
  const path = `${collection(probe)}?dryRun=All`
  await until(`the probe ${isRefused ? 'refused' : 'allowed'}`, async () => {
    const { message } = await ask(cluster.kubeConfig(), { method: 'POST', path, body: probe })
    return message.includes('HostPathReachesSocket') === isRefused
  })
}

/** Judged, or invalid for the API server itself, which then asks nobody. */
async function judge(
  t: Test,
  cluster: Cluster,
  { asked }: Installed,
  row: Row,
  index: number
): Promise<boolean> {
  const request = requestsOf(row)[index]
  if (request === undefined) return false
  const sent = asRequest(await onOwnNode(cluster, request), nameOf(row, index))
  asked.length = 0
  const said = await ask(cluster.kubeConfig(), sent)
  const isOurs = / webhook "[a-z-]+\.spiffe-webhook\.internal" denied the request: /
  if (said.code >= 400 && !isOurs.test(said.message)) {
    t.match(said.message, /is invalid|cannot be handled/)
    return false
  }
  const told = asked.flatMap(({ warnings }) => warnings)
  const verdict = said.code >= 400 ? 'deny' : told.length > 0 ? 'warn' : 'allow'
  t.equal(verdict, row.verdict, `${index}: ${said.code} ${said.message} ${told.join('; ')}`)
  t.ok(asked.length <= 1, 'no object is judged twice')
  return true
}

await t.test('through the installed chart a real API server gets every verdict', async (t) => {
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  const installed = await prepareChart(cluster)
  t.teardown(() => installed.stopServer())
  await prepareTable(cluster)
  await createOld(cluster)
  const invalid: string[] = []
  let judged = 0
  for (const [settings, members] of groups) {
    const guard = { scope: 'cluster', exemptions: tableExemptions, ...JSON.parse(settings) }
    await installed.upgrade({ guard, workloadApi: { exempt: false } })
    await untilRefused(cluster, true)
    for (const row of members) {
      await t.test(`${row.id}: ${row.input} -> ${row.verdict}`, async (t) => {
        for (const index of row.reviews.keys()) {
          if (await judge(t, cluster, installed, row, index)) judged += 1
          else invalid.push(nameOf(row, index))
        }
      })
    }
    await installed.uninstall()
    await untilRefused(cluster, false)
  }
  t.comment(`${judged} requests of ${rows.length} rows got the verdict of the table`)
  t.same(invalid, unacceptable, 'what the API server refuses by itself, and nothing else')
})
