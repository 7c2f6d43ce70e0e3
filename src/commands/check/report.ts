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

/** What is printed: the report, and the sentences about what could not be read. */
export interface Checked {
  readonly report: CheckReport
  readonly faults: readonly string[]
}
