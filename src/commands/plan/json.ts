import { sentence } from '../../guard/sentences.ts'
import { type Row, summarize } from '../../plan/plan.ts'
import { type PlanReport, suggestionsOf } from './report.ts'

/** For machines: every workload, also those that nothing happens to. The keys are stable. */
export function planJson(report: PlanReport): string {
  const { change, source, plan, notSeen } = report
  const namespaces = plan.namespaces.map(({ name, optedIn, rows }) => ({
    name,
    optedIn,
    workloads: rows.map(row)
  }))
  const summary = summarize(plan)
  const { trust } = plan
  const suggested = suggestionsOf(report)
  return `${JSON.stringify({ change, source, namespaces, trust, suggested, notSeen, summary }, null, 2)}\n`
}

const row = ({ workload, before, after, found, breaks, restart, cures }: Row): object => ({
  kind: workload.owner.kind,
  name: workload.owner.name,
  serviceAccount: workload.serviceAccount,
  pods: workload.pods,
  before,
  after,
  breaks,
  ...(restart === undefined ? {} : { restart }),
  findings: found.map((finding) => ({
    verdict: finding.verdict,
    reason: finding.reason,
    path: finding.path ?? '',
    message: sentence(finding)
  })),
  exemptions: cures.map(({ exemption }) => exemption)
})
