import type { Svid } from '../../verify/certificates/svid.ts'
import { statusOf } from '../../verify/check.ts'
import type { Report } from '../../verify/report.ts'

/** One metric family in Prometheus' text format. */
interface Family {
  readonly name: string
  readonly help: string
  readonly samples: readonly (readonly [Readonly<Record<string, string>>, number])[]
}

/**
 * For Prometheus (text exposition format 0.0.4): gauges of one run. Labels are words of closed lists and names of
 * labelled namespaces, never of pods.
 */
export function verifyMetrics(report: Report): string {
  return families(report).map(render).join('')
}

function families({ results, tallies, svids, time }: Report): readonly Family[] {
  const findings = results.flatMap(({ check, findings }) =>
    findings.map(({ reason, severity }) => ({ check, reason, severity }))
  )
  const byReason = Map.groupBy(findings, (labels) => JSON.stringify(labels))
  const prefix = 'spiffe_webhook_verify'
  return [
    {
      name: `${prefix}_last_run_timestamp_seconds`,
      help: 'When the last run began.',
      samples: [[{}, Date.parse(time) / 1000]]
    },
    {
      name: `${prefix}_check_status`,
      help: '1 for the status that a check has.',
      samples: results.map((result) => [{ check: result.check, status: statusOf(result) }, 1])
    },
    {
      name: `${prefix}_findings`,
      help: 'Findings of the last run.',
      samples: [...byReason.values()].map((group) => [{ ...group[0] }, group.length])
    },
    {
      name: `${prefix}_pods`,
      help: 'Running pods of labelled namespaces by where they stand.',
      samples: [...tallies].flatMap(([namespace, tally]) =>
        Object.entries(tally).map(([state, count]) => [{ namespace, state }, count] as const)
      )
    },
    {
      name: `${prefix}_certificate_not_after_timestamp_seconds`,
      help: "When the first certificate of a service account's Envoys ends.",
      samples: soonest(svids)
    }
  ]
}

/** Pods of one service account may be asked in two states: a Pushgateway takes no series twice, so the sooner end counts. */
function soonest(svids: readonly Svid[]): Family['samples'] {
  const ends = Map.groupBy(svids, ({ namespace, serviceAccount }) =>
    JSON.stringify({ namespace, service_account: serviceAccount })
  )
  return [...ends].map(([labels, group]) => [
    JSON.parse(labels),
    Math.min(...group.map(({ notAfter }) => Date.parse(notAfter))) / 1000
  ])
}

function render({ name, help, samples }: Family): string {
  const lines = samples.map(([labels, value]) => `${name}${renderLabels(labels)} ${value}\n`)
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  return entries.length === 0 ? '' : `{${entries.join(',')}}`
}
