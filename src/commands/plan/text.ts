import { sentenceWithReason } from '../../guard/sentences.ts'
import { type PlannedNamespace, type Row, summarize } from '../../plan/plan.ts'
import { type Format, type Paint, painter, printable } from '../../terminal/paint.ts'
import { plural } from '../../terminal/plural.ts'
import { type Finding, showObject } from '../../verify/finding.ts'
import { type PlanReport, rowsOf, verdictOf } from './report.ts'

const words: Readonly<Record<Row['after']['state'], readonly [string, Format]>> = {
  untouched: ['', 'dim'],
  moved: ['moved', 'green'],
  there: ['there', 'dim'],
  stays: ['stays', 'yellow'],
  refused: ['REFUSED', 'red']
}

/** For a person: what happens in each namespace, what to restart, whom to trust, and one closing line. */
export function planText(report: PlanReport, colours: boolean): string {
  const paint = painter(colours)
  const restarts = rowsOf(report).flatMap(({ restart }) => restart ?? [])
  return [
    ...report.plan.namespaces.flatMap((namespace) => namespaceLines(namespace, paint)),
    ...section(
      'Restart, when the change is made:',
      restarts.map((command) => `${paint('dim', '$')} ${command}`)
    ),
    ...section(
      'Trust between moved sidecars and the others:',
      report.plan.trust.map((one) => trustLine(one, paint))
    ),
    ...section(
      'Unknown, so not part of the plan:',
      report.notSeen.map(
        ({ resource, verb, why }) => `${resource}: no permission to ${verb} (${printable(why)})`
      )
    ),
    closingLine(report, paint),
    ''
  ].join('\n')
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`), '']

function namespaceLines(
  { name, optedIn, rows }: PlannedNamespace,
  paint: Paint
): readonly string[] {
  const shown = rows.filter(({ after, found }) => after.state !== 'untouched' || found.length > 0)
  if (shown.length === 0) return []
  const isNew = optedIn.after && !optedIn.before
  const state = optedIn.after ? `opted in${isNew ? ' by this change' : ''}` : 'not opted in'
  return [`${paint('bold', name)} (${state})`, ...shown.flatMap((row) => rowLines(row, paint)), '']
}

function rowLines({ workload, after, found, breaks, cures }: Row, paint: Paint): readonly string[] {
  const { owner, pods } = workload
  const [word, colour] = words[after.state]
  const many = pods === 0 ? 'no pod runs' : plural(pods, 'pod')
  const now = after.state === 'refused' && !breaks ? ', as it is today' : ''
  const head = `  ${paint(colour, (word || 'warned').padEnd(8))} ${owner.kind}/${owner.name} (${many}${now})`
  const why = 'why' in after ? [`           ${after.reason}: ${printable(after.why)}`] : []
  const warned = found
    .filter(({ verdict }) => verdict === 'warn')
    .map(
      (finding) =>
        `           ${paint('yellow', 'warning')} ${printable(sentenceWithReason(finding))}`
    )
  const cure = cures.map(
    ({ exemption }) =>
      `           cured by an exemption of ServiceAccount ${exemption.namespace}/${exemption.serviceAccount} for ${exemption.paths.map(printable).join(', ')}`
  )
  return [head, ...why, ...cure, ...warned]
}

function trustLine({ severity, reason, object, message }: Finding, paint: Paint): string {
  const colour = severity === 'error' ? 'red' : severity === 'warning' ? 'yellow' : 'dim'
  return `${paint(colour, severity)} ${reason} ${printable(`${showObject(object)}: ${message}`)}`
}

function closingLine(report: PlanReport, paint: Paint): string {
  const { workloads, moved, there, stays, refused, restarts } = summarize(report.plan)
  const { ok, text } = verdictOf(report)
  const counts = `${moved} moved, ${there} there already, ${stays} staying, ${refused} refused, ${plural(restarts, 'restart')}`
  return `${paint(ok ? 'green' : 'red', text)}: ${plural(workloads, 'workload')}, ${counts}; ${report.change}, ${report.source}`
}
