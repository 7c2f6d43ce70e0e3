import t from 'tap'
import { planData, planPage } from '../../../src/commands/plan/page.ts'
import type { PlanReport } from '../../../src/commands/plan/report.ts'
import { plan } from '../../../src/plan/plan.ts'
import { changed, situation } from '../../../src/plan/situation.ts'
import { defaultConfig } from '../../config/default-config.ts'
import { agent, workload } from '../../plan/workloads.ts'

const facts = {
  namespaces: [{ name: 'monitoring', labels: {} }],
  workloads: [workload(agent('/run'), { kind: 'DaemonSet', name: 'agent' })],
  mutating: undefined,
  trust: []
}
const after = changed(defaultConfig, { label: [], scope: 'cluster', strict: false })
const report: PlanReport = {
  change: 'scope cluster',
  source: 'https://lab.test',
  plan: plan(facts, situation(defaultConfig), after),
  notSeen: [{ resource: 'pods', verb: 'list', why: 'no' }]
}

await t.test(
  'a workload that is refused is a finding with the exemption that cures it',
  async (t) => {
    const { findings, verdict, table, unknown } = planData(report)
    t.match(findings, [
      {
        severity: 'error',
        reason: 'HostPathReachesSocket',
        remedies: [/serviceAccount: node-agent/],
        find: '"monitoring" "DaemonSet/agent"'
      }
    ])
    t.match(verdict, { ok: false, text: /^1 workload/ })
    t.match(table.rows, [['monitoring', 'DaemonSet/agent', 'node-agent', '1', 'refused']])
    t.match(unknown, [/pods: no permission to list/])
    t.match(planPage(report), /<title>Plan: scope cluster<\/title>/)
  }
)
