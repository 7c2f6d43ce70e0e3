import t from 'tap'
import type { GuardConfig } from '../../src/config/config.ts'
import { renderPolicy } from '../../src/guard/cel/policy.ts'
import { celSettings } from '../../src/guard/cel/settings.ts'
import { defaultConfig } from '../config/default-config.ts'
import { decisionTable, tableExemptions } from '../guard/decision-table.ts'
import { pod, volume } from '../guard/decision-table-objects.ts'
import { type SomeCluster, someCluster } from '../lab/some-cluster.ts'
import { until } from '../lab/until.ts'
import { ask } from './ask.ts'
import { asRequest, collection } from './replay.ts'
import { createOld, nameOf, prepareTable, requestsOf } from './table-in-cluster.ts'

const visible = decisionTable.filter(({ notInCel }) => notInCel === undefined)
/** Rows with the same settings are judged under one policy. */
const groups = Map.groupBy(visible, ({ guard }) => JSON.stringify(guard ?? {}))

async function install(
  cluster: SomeCluster,
  name: string,
  guard: Partial<GuardConfig>
): Promise<void> {
  const config = {
    ...defaultConfig,
    guard: { ...defaultConfig.guard, exemptions: tableExemptions, ...guard }
  }
  const options = { name, scope: 'cluster', excludedNamespaces: ['kube-system'] } as const
  const items = renderPolicy(celSettings(config), options)
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  await cluster.kubectl(['apply', '-f', '-'], { input })
  const probe = pod({ volumes: [volume('/run/spire/agent-sockets')] }, { name: 'probe' })
  const path = `${collection(probe)}?dryRun=All`
  await until(`policy ${name}`, async () => {
    const said = await ask(cluster.kubeConfig(), { method: 'POST', path, body: probe })
    return said.message.includes(`ValidatingAdmissionPolicy '${name}'`)
  })
}

async function remove(cluster: SomeCluster, name: string): Promise<void> {
  const kinds = 'validatingadmissionpolicy,validatingadmissionpolicybinding'
  await cluster.kubectl(['delete', kinds, name])
}

await t.test('the policy in CEL says what the function says', async (t) => {
  const cluster = await someCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  await prepareTable(cluster)
  const old = await createOld(t, cluster, visible)
  let rows = 0
  for (const [index, [settings, members]] of [...groups].entries()) {
    const name = `table-${index}`
    await install(cluster, name, JSON.parse(settings))
    for (const row of members) {
      rows += 1
      await t.test(`${row.id}: ${row.input} -> ${row.verdict}`, async (t) => {
        for (const [i, request] of requestsOf(row).entries()) {
          const said = await ask(cluster.kubeConfig(), asRequest(request, nameOf(row, i)))
          const denied = said.message.includes(`ValidatingAdmissionPolicy '${name}'`)
          const wanted = row.verdict === 'deny' ? 'deny' : 'allow'
          t.equal(denied ? 'deny' : 'allow', wanted, `${i}: ${said.code} ${said.message}`)
          t.ok(denied || said.code < 300, `${i}: the request is otherwise valid: ${said.message}`)
        }
      })
    }
    await remove(cluster, name)
  }
  await old.remove()
  t.comment(`${rows} rows agree between function and policy`)
  for (const { id, notInCel } of decisionTable) {
    if (notInCel !== undefined) t.comment(`${id} is not in the policy: ${notInCel}`)
  }
})
