import { sentence } from '../../guard/sentences.ts'
import { objectName } from '../../terminal/object-name.ts'
import { type Paint, painter, printable } from '../../terminal/paint.ts'

/** One thing found in one object, with its place in the file; lines and columns count from 1. */
export interface Finding {
  readonly file: string
  /** Counted from 0 in its file. */
  readonly document: number
  readonly line: number
  readonly column: number
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly field: string
  readonly path: string
  readonly reason: string
  readonly verdict: 'deny' | 'warn'
  readonly what: string
  readonly remedy: string
}

/** Everything found in one run. */
export interface CheckReport {
  readonly findings: readonly Finding[]
  /** How many of the objects are of a kind that the guard is asked about. */
  readonly judged: number
  readonly summary: { readonly objects: number; readonly denied: number; readonly warned: number }
}

/** What a report is printed with: colours, and the sentences about what could not be read. */
export interface ReportOptions {
  readonly colours: boolean
  readonly faults: readonly string[]
}

/** For a person: a paragraph for each object, a line to click on for each finding, and the counts. */
export function reportText(report: CheckReport, options: ReportOptions): string {
  const { findings, judged, summary } = report
  const paint = painter(options.colours)
  const objects = Map.groupBy(findings, (finding) =>
    JSON.stringify([finding.file, finding.document, objectName(finding)])
  )
  const paragraphs = [...objects.values()].map((ofObject) => {
    const [first] = ofObject
    const title = first === undefined ? '' : paint('bold', objectName(first))
    return `${title}\n${ofObject.map((finding) => findingText(finding, paint)).join('')}\n`
  })
  const { denied, warned } = summary
  const unread = options.faults.length
  const counts = [
    `${count(summary.objects, 'object')} read, ${judged} judged: ${count(denied, 'refusal')}`,
    count(warned, 'warning'),
    ...(unread > 0 ? [`${count(unread, 'thing')} could not be read`] : [])
  ]
  const colour = denied + unread > 0 ? 'red' : warned > 0 ? 'yellow' : 'green'
  return `${paragraphs.join('')}${paint(colour, counts.join(', '))}\n`
}

function findingText(finding: Finding, paint: Paint): string {
  const { file, line, column, verdict, reason, field, what, remedy } = finding
  const word = verdict === 'deny' ? paint('red', 'refused') : paint('yellow', 'warning')
  return [
    `  ${printable(file)}:${line}:${column}: ${word} ${reason} ${paint('dim', printable(field))}`.trimEnd(),
    `    ${printable(what)}`,
    `    ${paint('cyan', 'instead:')} ${printable(remedy)}`,
    ''
  ].join('\n')
}

const count = (number: number, what: string): string =>
  `${number} ${what}${number === 1 ? '' : 's'}`

/** For a machine: a stable shape, these keys in this order. */
export function reportJson({ findings, summary }: CheckReport): string {
  const stable = findings.map(({ line: _line, column: _column, what, remedy, ...rest }) => ({
    ...rest,
    message: sentence({ what, remedy })
  }))
  return `${JSON.stringify({ findings: stable, summary }, null, 2)}\n`
}
