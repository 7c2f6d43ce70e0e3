/** What a command may touch of its process: streams as functions, so that a test needs none. */
export interface Io {
  readonly stdin: AsyncIterable<string | Uint8Array>
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** True where standard output takes colours: a terminal, and no NO_COLOR. */
  readonly colours: boolean
}

/** Exit codes of every command (the first three are check's and inject's contract, the others sysexits.h). */
export const exitCodes = {
  clean: 0,
  /** Something was or would be refused. */
  findings: 1,
  /** The command line, a configuration or a manifest cannot be read. */
  usage: 64,
  /** Both: something was or would be refused, and a manifest cannot be read. */
  findingsAndUsage: 65,
  /** The cluster cannot be reached. */
  unavailable: 69,
  /** A fault of the program or its surroundings. */
  fault: 70
} as const
