import type { Io } from './io.ts'

/** One line that is written over, for the person who waits at a terminal. */
export interface Progress {
  readonly show: (text: string) => void
  readonly clear: () => void
}

/** ECMA-48: to the first column, and erase to the end of the line. */
const eraseLine = '\r\u001b[K'

/** Progress on standard error; says nothing where that is no terminal. */
export function makeProgress({ err }: Pick<Io, 'err'>, isTerminal: boolean): Progress {
  let shown = false
  return {
    show: (text) => {
      if (!isTerminal) return
      shown = true
      err(`${eraseLine}${text.slice(0, 79)}`)
    },
    clear: () => {
      if (shown) err(eraseLine)
      shown = false
    }
  }
}
