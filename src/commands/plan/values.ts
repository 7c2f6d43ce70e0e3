import { Document, isMap } from 'yaml'
import { printable } from '../../terminal/paint.ts'
import { type PlanReport, suggestionsOf } from './report.ts'

/**
 * The suggested exemptions as values of the chart, ready for `helm upgrade --values`: each names who needs it. They come beside
 * guard.exemptions that are set already.
 */
export function planValues(report: PlanReport): string {
  const { exemptions, incurable } = suggestionsOf(report)
  const document = new Document({
    guard: { exemptions: exemptions.map(({ exemption }) => exemption) }
  })
  const items = document.getIn(['guard', 'exemptions'], true)
  for (const [index, { neededBy }] of exemptions.entries()) {
    const item: unknown = document.getIn(['guard', 'exemptions', index], true)
    if (isMap(item)) item.commentBefore = ` Needed by ${neededBy.map(printable).join(', ')}.`
  }
  if (items === undefined) return ''
  document.commentBefore =
    incurable.length === 0
      ? ` For: ${printable(report.change)}. Add these to your guard.exemptions.`
      : [
          ` For: ${printable(report.change)}. Add these to your guard.exemptions.`,
          ' No exemption cures these:',
          ...incurable.map(({ workload, why }) => `   ${printable(workload)}: ${printable(why)}`)
        ].join('\n')
  return document.toString({ lineWidth: 0 })
}
