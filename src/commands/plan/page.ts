import { stringify } from 'yaml'
import type { PageData, PageFinding, Tone } from '../../page/data.ts'
import { page } from '../../page/page.ts'
import { type Row, summarize } from '../../plan/plan.ts'
import { type Finding, showObject } from '../../verify/finding.ts'
import { type PlanReport, rowsOf, verdictOf } from './report.ts'

/** The plan as one HTML page: every workload, what breaks, and what cures it. */
export function planPage(report: PlanReport): string {
  return page(planData(report))
}

const tones: Readonly<Record<Row['after']['state'], Tone>> = {
  moved: 'good',
  there: 'good',
  stays: 'kept',
  refused: 'bad',
  untouched: 'other'
}

/** What the page shows; exported for its test. */
export function planData(report: PlanReport): PageData {
  const { change, source, plan, notSeen } = report
  const { moved, there, stays, refused, restarts } = summarize(plan)
  return {
    title: `Plan: ${change}`,
    about: source,
    verdict: verdictOf(report),
    tiles: [
      { label: 'moved', value: moved },
      { label: 'there already', value: there },
      { label: 'staying', value: stays },
      { label: 'refused', value: refused },
      { label: 'restarts', value: restarts }
    ],
    checks: [],
    findings: [...plan.trust.map(trust), ...rowsOf(report).flatMap(refusal)],
    unknown: notSeen.map(
      ({ resource, verb, why }) => `${resource}: no permission to ${verb} (${why})`
    ),
    table: {
      title: 'Workloads',
      columns: [
        'Namespace',
        'Workload',
        'Service account',
        'Running pods',
        'State',
        'Reason',
        'Restart'
      ],
      groupBy: [0, 2],
      state: 4,
      tones,
      notes: {},
      rows: rowsOf(report).map(({ workload, after, restart }) => [
        workload.namespace,
        `${workload.owner.kind}/${workload.owner.name}`,
        workload.serviceAccount,
        String(workload.pods),
        after.state,
        'reason' in after ? after.reason : '',
        restart ?? ''
      ])
    }
  }
}

function trust({ severity, reason, object, message, command }: Finding): PageFinding {
  return { severity, reason, object: showObject(object), message, remedies: [command], find: '' }
}

function refusal({ workload, after, breaks, cures }: Row): readonly PageFinding[] {
  if (after.state !== 'refused') return []
  const { namespace, owner } = workload
  return [
    {
      severity: breaks ? 'error' : 'warning',
      reason: after.reason,
      object: `${owner.kind} ${namespace}/${owner.name}`,
      message: after.why,
      remedies: cures.map(({ exemption }) => stringify({ guard: { exemptions: [exemption] } })),
      find: `"${namespace}" "${owner.kind}/${owner.name}"`
    }
  ]
}
