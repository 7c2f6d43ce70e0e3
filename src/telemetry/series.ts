import type { DecisionRecord } from '../admission/review.ts'
import { type GuardMode, guardModes, guardPath } from '../guard/guard-mode.ts'
import { guardReasons, rules } from '../guard/rules/rules.ts'
import { injectEntry } from '../inject/entry.ts'
import { injectDecisions } from '../inject/reasons.ts'

/** One series of `spiffe_webhook_decisions_total`. */
export type Series = readonly [
  endpoint: string,
  decision: DecisionRecord['decision'],
  reason: string
]

/** HTTP status codes of requests that are not answered with a review. */
export const rejectionCodes = [400, 404, 405, 408, 413, 415, 417, 429, 431, 500] as const

/** The kinds of configurations whose caBundles are kept. */
export const configurations = ['mutating', 'validating'] as const

const injectSeries: readonly Series[] = injectDecisions.flatMap(({ decision, reasons }) =>
  decision === undefined
    ? []
    : Object.keys(reasons).map((reason) => [injectEntry.path, decision, reason] as const)
)

/** What the rule on the final pod says, which the mode `enforce` alone applies. */
const ofFinalPod: ReadonlySet<string> = new Set(
  rules.flatMap(({ about, reasons }) => (about === 'finalPod' ? Object.keys(reasons) : []))
)

function guardSeries(mode: GuardMode): readonly Series[] {
  const endpoint = guardPath(mode)
  const applied = Object.entries(guardReasons).filter(
    ([reason]) => mode === 'enforce' || !ofFinalPod.has(reason)
  )
  // The API server sends whole reviews even to a mode that warns; a body that is none is refused there as well.
  const refused = applied.filter(([reason, { onlyWarns }]) =>
    mode === 'warn' ? reason === 'Malformed' : onlyWarns === undefined
  )
  return [
    [endpoint, 'allowed', ''],
    ...applied.map(([reason]) => [endpoint, 'warned', reason] as const),
    ...refused.map(([reason]) => [endpoint, 'refused', reason] as const)
  ]
}

/** Every decision that can be counted: each is 0 from the start, so that `increase()` sees the first event. */
export const decisionSeries: readonly Series[] = [
  ...injectSeries,
  ...guardModes.flatMap(guardSeries)
]
