import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { webhooksFile } from '../../generate/webhooks-file.ts'
import { rules } from '../../src/guard/rules/rules.ts'
import { ask } from '../api-server/ask.ts'
import { collection } from '../api-server/replay.ts'
import { madeUpRule } from '../generate/made-up-rule.ts'
import { pod } from '../guard/decision-table-objects.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { until } from '../lab/until.ts'
import { mounting, shop, socket } from './conditions-table.ts'
import { chartPath } from './helm.ts'
import { prepareChart } from './installed.ts'

await t.test('a rule that is put on the list is asked by a real API server', async (t) => {
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  const changed = join(t.testdir({}), 'chart')
  cpSync(chartPath('spiffe-webhook'), changed, { recursive: true })
  writeFileSync(join(changed, 'files/webhooks.yaml'), webhooksFile([...rules, madeUpRule]))
  let chart = chartPath('spiffe-webhook')
  const installed = await prepareChart(cluster, () => chart)
  t.teardown(() => installed.stopServer())
  await cluster.namespace('shop', { 'spiffe-webhook/injection': 'enabled' })
  const askedAbout = async (spec: Parameters<typeof pod>[0]): Promise<readonly string[]> => {
    installed.asked.length = 0
    const body = pod(spec, shop)
    await ask(cluster.kubeConfig(), {
      method: 'POST',
      path: `${collection(body)}?dryRun=All`,
      body
    })
    return installed.asked.map(({ endpoint }) => endpoint)
  }
  const gluster = { volumes: [{ name: 'v', glusterfs: { endpoints: 'e', path: 'p' } }] }

  await installed.upgrade({})
  await until('the webhook asked', async () => (await askedAbout(mounting(socket))).length > 0)
  t.same(await askedAbout(gluster), [], 'no rule sees it')

  chart = changed
  await installed.upgrade({})
  await until('the rule asked', async () => (await askedAbout(gluster)).length > 0)
  t.same(await askedAbout(gluster), ['/guard/enforce'])
  t.same(await askedAbout({}), [], 'an ordinary pod is asked about by nobody')
})
