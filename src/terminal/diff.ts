import { diffArrays } from 'diff'
import { type Paint, painter } from './paint.ts'

/** Unchanged lines shown around a change. */
const context = 3

/** Lines compared at a time, and how many may differ: the library's time grows with the square of those. */
const window = 400

/** One line with its end: in both texts, gone, or new. */
type Line = readonly [sign: ' ' | '-' | '+', text: string]

/** The unified difference of two texts of one file, in colours where asked; empty where they are equal. */
export function unifiedDiff(file: string, before: string, after: string, colours: boolean): string {
  if (before === after) return ''
  const paint = painter(colours)
  const lines = diffLines(linesOf(before), linesOf(after))
  return [
    `${paint('bold', `--- ${file}`)}\n${paint('bold', `+++ ${file}`)}\n`,
    ...hunksOf(lines).map((hunk) => writeHunk(hunk, paint))
  ].join('')
}

/** Lines with their ends, so that a missing last one shows. */
const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.split(/(?<=\n)/))

/**
 * Compares window by window, in time linear in the texts: of each window that is not the last, the lines up to the
 * last ones in common are taken, and the next begins behind them.
 */
export function diffLines(before: readonly string[], after: readonly string[]): readonly Line[] {
  const lines: Line[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    const found = diffWindow(before.slice(i, i + window), after.slice(j, j + window))
    const isLast = i + window >= before.length && j + window >= after.length
    const common = found.findLastIndex(([sign]) => sign === ' ') + 1
    // Where little is in common, the window counts as replaced: each turn takes at least half of one.
    const taken = isLast || common < window / 2 ? found : found.slice(0, common)
    for (const line of taken) lines.push(line)
    i += countOf(taken, '+')
    j += countOf(taken, '-')
  }
  return lines
}

function diffWindow(before: readonly string[], after: readonly string[]): readonly Line[] {
  const changes = diffArrays([...before], [...after], { maxEditLength: window })
  const replaced = [
    { value: before, added: false, removed: true },
    { value: after, added: true, removed: false }
  ]
  return (changes ?? replaced).flatMap(({ value, added, removed }) =>
    value.map((text): Line => [added ? '+' : removed ? '-' : ' ', text])
  )
}

/** Lines that are shown together, and where they begin in both texts. */
interface Hunk {
  readonly lines: readonly Line[]
  readonly before: number
  readonly after: number
}

/** Changes whose context would touch share a hunk. */
function hunksOf(lines: readonly Line[]): readonly Hunk[] {
  const ranges: { from: number; to: number }[] = []
  for (const [index, [sign]] of lines.entries()) {
    if (sign === ' ') continue
    const from = Math.max(0, index - context)
    const to = Math.min(lines.length, index + 1 + context)
    const last = ranges.at(-1)
    if (last !== undefined && from <= last.to) last.to = to
    else ranges.push({ from, to })
  }
  let [at, before, after] = [0, 0, 0]
  return ranges.map(({ from, to }) => {
    const shown = lines.slice(from, to)
    const hunk = { lines: shown, before: before + from - at, after: after + from - at }
    before = hunk.before + countOf(shown, '+')
    after = hunk.after + countOf(shown, '-')
    at = to
    return hunk
  })
}

/** Lines of the text that has none with this sign. */
const countOf = (lines: readonly Line[], other: '+' | '-'): number =>
  lines.filter(([sign]) => sign !== other).length

function writeHunk({ lines, before, after }: Hunk, paint: Paint): string {
  const range = (start: number, count: number): string =>
    `${count === 0 ? start : start + 1},${count}`
  const title = `@@ -${range(before, countOf(lines, '+'))} +${range(after, countOf(lines, '-'))} @@`
  return `${paint('cyan', title)}\n${lines.map((line) => writeLine(line, paint)).join('')}`
}

function writeLine([sign, line]: Line, paint: Paint): string {
  const text = line.replace(/\r?\n$/, '')
  const end = line.slice(text.length)
  const whole = `${sign}${text}`
  const painted = sign === ' ' ? whole : paint(sign === '-' ? 'red' : 'green', whole)
  return end === '' ? `${painted}\n\\ No newline at end of file\n` : `${painted}${end}`
}
