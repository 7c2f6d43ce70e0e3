import { type Paint, painter } from '../terminal/paint.ts'
import { type Change, diffLines } from './diff-lines.ts'

/** Unchanged lines shown around a change. */
const context = 3

/** The unified difference of two texts of one file, in colours where asked; empty where they are equal. */
export function unifiedDiff(file: string, before: string, after: string, colours: boolean): string {
  if (before === after) return ''
  const paint = painter(colours)
  const texts = { before: linesOf(before), after: linesOf(after) }
  const hunks = hunksOf(diffLines(texts.before, texts.after))
  return [
    `${paint('bold', `--- ${file}`)}\n${paint('bold', `+++ ${file}`)}\n`,
    ...hunks.map((changes) => writeHunk(changes, texts, paint))
  ].join('')
}

/** Lines with their ends, so that a missing last one shows. */
const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.split(/(?<=\n)/))

/** Changes whose context would touch stand together. */
function hunksOf(changes: readonly Change[]): readonly (readonly Change[])[] {
  const hunks: Change[][] = []
  for (const change of changes) {
    const last = hunks.at(-1)?.at(-1)
    if (last !== undefined && change.before - (last.before + last.removed) <= 2 * context) {
      hunks.at(-1)?.push(change)
    } else hunks.push([change])
  }
  return hunks
}

interface Texts {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

function writeHunk(changes: readonly Change[], texts: Texts, paint: Paint): string {
  const [first] = changes
  const last = changes.at(-1)
  if (first === undefined || last === undefined) return ''
  const lead = Math.min(context, first.before)
  const start = { before: first.before - lead, after: first.after - lead }
  const trail = Math.min(context, texts.before.length - (last.before + last.removed))
  const end = {
    before: last.before + last.removed + trail,
    after: last.after + last.added + trail
  }
  const range = (from: number, to: number): string =>
    `${to === from ? from : from + 1},${to - from}`
  const title = `@@ -${range(start.before, end.before)} +${range(start.after, end.after)} @@`
  const lines = [`${paint('cyan', title)}\n`]
  let at = start.before
  for (const { before, removed, after, added } of changes) {
    lines.push(...texts.before.slice(at, before).map((line) => writeLine(' ', line)))
    lines.push(
      ...texts.before.slice(before, before + removed).map((line) => writeLine('-', line, paint))
    )
    lines.push(
      ...texts.after.slice(after, after + added).map((line) => writeLine('+', line, paint))
    )
    at = before + removed
  }
  lines.push(...texts.before.slice(at, end.before).map((line) => writeLine(' ', line)))
  return lines.join('')
}

function writeLine(sign: ' ' | '-' | '+', line: string, paint: Paint = (_, text) => text): string {
  const text = line.replace(/\r?\n$/, '')
  const end = line.slice(text.length)
  const painted = paint(sign === '-' ? 'red' : 'green', `${sign}${text}`)
  return end === '' ? `${painted}\n\\ No newline at end of file\n` : `${painted}${end}`
}
