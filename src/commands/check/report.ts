import type { Cure } from '../../guard/finding.ts'

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
  /** The exemption that would let the object through, and the entry that almost does; null where none can. */
  readonly cure: Cure | null
  /** `shape`: the pod was found in a kind that is not Kubernetes' own. */
  readonly foundBy: 'kind' | 'shape'
}

/** An object, by its names. */
export interface Named {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** Everything found in one run. */
export interface CheckReport {
  readonly findings: readonly Finding[]
  readonly summary: Summary
  /** Policies and schemas that hold patterns of pods: read, and not judged. */
  readonly patterns: readonly Named[]
  /** Namespaces whose objects were left out, by name. */
  readonly excludedNamespaces: readonly string[]
  /** True where a Namespace object of the input opts in. */
  readonly anyOptedIn: boolean
}

/** How many objects there were, and what became of them. */
export interface Summary {
  readonly objects: number
  /** Refusals. */
  readonly denied: number
  /** Warnings. */
  readonly warned: number
  readonly judged: number
  /** Of those, objects of kinds that are not Kubernetes' own. */
  readonly judgedByShape: number
  /** Objects with pods in excluded namespaces. */
  readonly excluded: number
  /** Everything else: no pods in it, or only patterns of pods. */
  readonly notJudged: number
}

/** What is printed: the report, and the sentences about what could not be read. */
export interface Checked {
  readonly report: CheckReport
  readonly faults: readonly string[]
}

/** The report of a run that could not begin. */
export const emptyReport: CheckReport = {
  findings: [],
  summary: {
    objects: 0,
    denied: 0,
    warned: 0,
    judged: 0,
    judgedByShape: 0,
    excluded: 0,
    notJudged: 0
  },
  patterns: [],
  excludedNamespaces: [],
  anyOptedIn: false
}
