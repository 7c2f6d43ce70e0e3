import { cureSentence } from '../../guard/sentences.ts'
import { objectName } from '../../terminal/object-name.ts'
import { type Paint, painter, printable } from '../../terminal/paint.ts'
import type { Io } from '../io.ts'
import type { Checked, CheckReport, Finding, Summary } from './report.ts'

/** For a person: a paragraph for each object, a line to click on for each finding, and the counts. */
export function checkText({ report, faults }: Checked, { colours }: Pick<Io, 'colours'>): string {
  const { findings, summary } = report
  const paint = painter(colours)
  const objects = Map.groupBy(findings, (finding) =>
    JSON.stringify([finding.file, finding.document, objectName(finding)])
  )
  const paragraphs = [...objects.values()].map((ofObject) => {
    const [first] = ofObject
    const title =
      first === undefined
        ? ''
        : `${paint('bold', objectName(first))}${first.foundBy === 'shape' ? ' (pod found by shape)' : ''}`
    const texts = ofObject.map((finding) => findingText(finding, paint))
    return `${title}\n${texts.join('')}${cureText(ofObject, paint)}\n`
  })
  const { denied, warned } = summary
  const colour = denied + faults.length > 0 ? 'red' : warned > 0 ? 'yellow' : 'green'
  const counts = paint(colour, countsText({ report, faults }))
  return `${paragraphs.join('')}${notJudged(report)}${counts}\n`
}

/** `3 objects read, 2 judged: 1 refusal, 0 warnings`. */
export function countsText({ report: { summary }, faults }: Checked): string {
  const { objects, denied, warned } = summary
  const unread = faults.length > 0 ? [`${count(faults.length, 'thing')} could not be read`] : []
  const found = `${count(objects, 'object')} read, ${judgedText(summary)}: ${count(denied, 'refusal')}`
  return [found, count(warned, 'warning'), ...unread].join(', ')
}

const judgedText = ({ judged, judgedByShape }: Summary): string =>
  judgedByShape === 0 ? `${judged} judged` : `${judged} judged (${judgedByShape} by shape)`

/** Names that are listed; the others are counted. */
const listed = 10

/** What the reader may believe to be judged and is not. */
function notJudged({ summary, patterns, excludedNamespaces }: CheckReport): string {
  const names = patterns.slice(0, listed).map(objectName).join(', ')
  const more = patterns.length > listed ? ` and ${patterns.length - listed} more` : ''
  const isPattern = `not judged, only a pattern from which no pod is created: ${names}${more}\n`
  const isExcluded = `not judged, in excluded namespaces (${excludedNamespaces.map(printable).join(', ')}): ${count(summary.excluded, 'object')}; --include-excluded judges them\n`
  return `${patterns.length > 0 ? isPattern : ''}${summary.excluded > 0 ? isExcluded : ''}`
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

/** Once for an object: each of its refusals has the same. */
function cureText(findings: readonly Finding[], paint: Paint): string {
  const cure = findings.find((finding) => finding.cure !== null)?.cure
  if (cure === undefined || cure === null) return ''
  return `  ${paint('cyan', 'or,')} ${printable(cureSentence(cure))}\n`
}

const count = (number: number, what: string): string =>
  `${number} ${what}${number === 1 ? '' : 's'}`
