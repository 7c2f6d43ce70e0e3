import { isSafe, type Plan, type Row, summarize } from '../../plan/plan.ts'
import { joinSuggestions, type Suggested } from '../../plan/suggest.ts'
import { plural } from '../../terminal/plural.ts'
import type { NotSeen } from '../../verify/check.ts'

/** A plan, what it is about, and what could not be read for it. */
export interface PlanReport {
  /** The change in words, as in `label sock-shop`. */
  readonly change: string
  /** Address of the API server, or the files. */
  readonly source: string
  readonly plan: Plan
  readonly notSeen: readonly NotSeen[]
}

/** Every row of a plan, by namespace. */
export function rowsOf({ plan }: PlanReport): readonly Row[] {
  return plan.namespaces.flatMap(({ rows }) => rows)
}

/** The additions to the configuration that cure what is refused. */
export function suggestionsOf(report: PlanReport): Suggested {
  return joinSuggestions(
    rowsOf(report).flatMap(({ workload, after, cures }) =>
      after.state === 'refused' ? [{ workload, why: `${after.reason}: ${after.why}`, cures }] : []
    )
  )
}

/** Whether the change is safe, in one clause. */
export function verdictOf({ plan }: PlanReport): { readonly ok: boolean; readonly text: string } {
  const { breaks } = summarize(plan)
  const distrust = plan.trust.some(({ severity }) => severity === 'error')
  const faults = [
    ...(breaks > 0 ? [`${plural(breaks, 'workload')} could not be created any more`] : []),
    ...(distrust ? ['moved sidecars and the others would not trust each other'] : [])
  ]
  return { ok: isSafe(plan), text: faults.length === 0 ? 'nothing breaks' : faults.join(', and ') }
}
