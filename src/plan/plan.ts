import type { Finding as GuardFinding } from '../guard/finding.ts'
import type { JsonObject } from '../kubernetes/json.ts'
import type { Finding } from '../verify/finding.ts'
import { restartCommand } from '../verify/pods/owner.ts'
import { judgeWorkload, type NamespaceFacts, type Outcome } from './outcome.ts'
import type { Situation } from './situation.ts'
import type { Suggestion } from './suggest.ts'
import { suggest } from './suggest.ts'
import type { Workload } from './workload.ts'

/** What a change does to the pods of one owner. */
export interface Row {
  readonly workload: Workload
  readonly before: Outcome
  readonly after: Outcome
  /** What the guard finds after the change. */
  readonly found: readonly GuardFinding[]
  /** True where the pods could be created before the change, and cannot after it. */
  readonly breaks: boolean
  /** The command that makes running pods again, where that changes them. */
  readonly restart?: string
  /** The exemptions that would cure a refusal; empty where none can. */
  readonly cures: readonly Suggestion[]
}

/** One namespace with its rows. */
export interface PlannedNamespace {
  readonly name: string
  readonly optedIn: { readonly before: boolean; readonly after: boolean }
  readonly rows: readonly Row[]
}

/** What was read of a cluster, or of manifests. */
export interface PlanFacts {
  readonly namespaces: readonly NamespaceFacts[]
  readonly workloads: readonly Workload[]
  /** MutatingWebhookConfigurations; undefined: not seen. */
  readonly mutating: readonly JsonObject[] | undefined
  /** What the trust of both sides says of the change. */
  readonly trust: readonly Finding[]
}

/** The whole plan. */
export interface Plan {
  readonly namespaces: readonly PlannedNamespace[]
  readonly trust: readonly Finding[]
}

/**
 * Compares what the rules say of every workload before and after a change. Without a situation before it, what runs counts as
 * allowed: the rules of another version let it in.
 */
export function plan(facts: PlanFacts, before: Situation | undefined, after: Situation): Plan {
  const byNamespace = Map.groupBy(facts.workloads, ({ namespace }) => namespace)
  const known = new Map(facts.namespaces.map((namespace) => [namespace.name, namespace]))
  const names = new Set([...known.keys(), ...byNamespace.keys()])
  const namespaces = [...names].toSorted().map((name): PlannedNamespace => {
    const namespace = known.get(name) ?? { name, labels: {} }
    const row = (workload: Workload): Row => compare(workload, namespace, facts, before, after)
    return {
      name,
      optedIn: {
        before: (before ?? after).isOptedIn(name, namespace.labels),
        after: after.isOptedIn(name, namespace.labels)
      },
      rows: (byNamespace.get(name) ?? []).map(row)
    }
  })
  return { namespaces, trust: facts.trust }
}

function compare(
  workload: Workload,
  namespace: NamespaceFacts,
  { mutating }: PlanFacts,
  before: Situation | undefined,
  after: Situation
): Row {
  const allowed: Outcome = { state: 'untouched' }
  const old =
    before === undefined ? allowed : judgeWorkload(workload, namespace, before, mutating).outcome
  const next = judgeWorkload(workload, namespace, after, mutating)
  const breaks = next.outcome.state === 'refused' && old.state !== 'refused'
  const { owner, names, pods } = workload
  const restart =
    pods > 0 && next.outcome.state === 'moved'
      ? { restart: restartCommand(workload.namespace, owner, names) }
      : {}
  const cures = next.outcome.state === 'refused' ? suggest(workload, next.found, after) : []
  return {
    workload,
    before: old,
    after: next.outcome,
    found: next.found,
    breaks,
    cures,
    ...restart
  }
}

/** The counts of the closing line. */
export interface PlanSummary {
  readonly workloads: number
  readonly moved: number
  readonly there: number
  readonly stays: number
  readonly refused: number
  /** Workloads that the change newly refuses. */
  readonly breaks: number
  readonly restarts: number
}

/** Counts what a plan says. */
export function summarize({ namespaces }: Plan): PlanSummary {
  const rows = namespaces.flatMap((namespace) => namespace.rows)
  const count = (state: Outcome['state']): number =>
    rows.filter(({ after }) => after.state === state).length
  return {
    workloads: rows.length,
    moved: count('moved'),
    there: count('there'),
    stays: count('stays'),
    refused: count('refused'),
    breaks: rows.filter(({ breaks }) => breaks).length,
    restarts: rows.filter(({ restart }) => restart !== undefined).length
  }
}

/** Nothing that can be created now would be refused, and both sides of the mesh would trust each other. */
export function isSafe(planned: Plan): boolean {
  return (
    summarize(planned).breaks === 0 && planned.trust.every(({ severity }) => severity !== 'error')
  )
}
