/** What a page shows; every text in it may come from a hostile cluster. */
export interface PageData {
  readonly title: string
  /** Program, cluster and time. */
  readonly about: string
  readonly verdict: { readonly ok: boolean; readonly text: string }
  /** Counts under the verdict. */
  readonly tiles: readonly Tile[]
  readonly checks: readonly PageCheck[]
  readonly findings: readonly PageFinding[]
  /** The table that is searched, and the map above it. */
  readonly table: PageTable
  /** Sentences on what could not be read. */
  readonly unknown: readonly string[]
}

/** One count. */
export interface Tile {
  readonly label: string
  readonly value: number
}

/** One line of the table of checks. */
export interface PageCheck {
  readonly name: string
  readonly status: 'ok' | 'failed' | 'warning' | 'unknown'
  readonly detail: string
}

/** One finding with its remedy. */
export interface PageFinding {
  readonly severity: 'error' | 'warning' | 'info'
  readonly reason: string
  readonly object: string
  readonly message: string
  /** Commands and texts to copy. */
  readonly remedies: readonly string[]
  /** What the table shows of it: the text to search for; empty where it has no row. */
  readonly find: string
}

/** How a row is coloured: `good` is where it should be, `bad` is not, `kept` stays on purpose, `other` is not meant. */
export type Tone = 'good' | 'bad' | 'kept' | 'other'

/** Rows with the same columns. */
export interface PageTable {
  readonly title: string
  readonly columns: readonly string[]
  /** The columns by which the map can be grouped. */
  readonly groupBy: readonly number[]
  /** The column whose words are the legend of the map. */
  readonly state: number
  readonly tones: Readonly<Record<string, Tone>>
  /** A line under the title of a group, by the group's name: what agent and driver of a node say. */
  readonly notes: Readonly<Record<string, string>>
  readonly rows: readonly (readonly string[])[]
}
