import { stringify } from 'yaml'
import { kubernetesYaml } from './kubernetes-yaml.ts'
import type { Splice, Writer } from './splice.ts'
import type { Member, TextNode } from './text-node.ts'

/** Cuts YAML in block style by whole lines, and writes what is new as the text around it is written. */
export function blockWriter(text: string, root: TextNode): Writer {
  const habits = habitsOf(text, root)
  /** An entry or an item, to stand at `column`; without the white space before its first line. */
  const written = (value: unknown, column: number): string =>
    stringify(value, { ...kubernetesYaml, ...habits, lineWidth: 0, aliasDuplicateObjects: false })
      .trimEnd()
      .replaceAll(/\n(?!\n|$)/g, `\n${' '.repeat(column)}`)
      .replaceAll('\n', habits.eol)
  const columnOf = (offset: number): number => offset - lineStart(text, offset)

  return {
    replace: (parent, member, value) => {
      const column = columnOf(member.start)
      // Written with a key of one letter or with a dash, either of which stays out.
      const line = written(parent.list ? [value] : { k: value }, column).slice(1)
      return { start: parent.list ? member.mark : member.mark - 1, end: member.end, text: line }
    },
    append: (parent, last, added) => {
      const column = columnOf(last.start)
      const lines = added.map(
        ([key, value]) =>
          `${habits.eol}${' '.repeat(column)}${written(parent.list ? [value] : { [key]: value }, column)}`
      )
      const end = lineEnd(text, last.end)
      return { start: end, end, text: lines.join('') }
    },
    remove: ({ members }, removed) => {
      const firstKept = members.findIndex((_, index) => !removed.has(index))
      return members.flatMap((member, index) => {
        const next = members[index + 1]
        if (!removed.has(index)) return []
        return index < firstKept && next !== undefined && isMidLine(text, members[0])
          ? [{ start: member.start, end: next.start, text: '' }]
          : [wholeLines(text, member)]
      })
    }
  }
}

/** True where a `- ` stands before the first member on its line. */
const isMidLine = (text: string, first: Member | undefined): boolean =>
  first !== undefined && text.slice(lineStart(text, first.start), first.start).trim() !== ''

/** The lines of a member; at the end of the text the line end before them goes instead of the one behind. */
function wholeLines(text: string, member: Member): Splice {
  const start = lineStart(text, member.start)
  const end = lineEnd(text, member.end)
  if (end < text.length) return { start, end: text.indexOf('\n', end) + 1, text: '' }
  return { start: text.slice(0, start).replace(/\r?\n$/, '').length, end, text: '' }
}

const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1

/** Offset of the line end (`\r\n` or `\n`) behind `offset`, or the end of the text. */
function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  if (newline < 0) return text.length
  return text[newline - 1] === '\r' && newline > offset ? newline - 1 : newline
}

/** How the text is written: its line ends, its step of indentation, and whether lists are indented in their map. */
interface Habits {
  readonly eol: string
  readonly indent: number
  readonly indentSeq: boolean
}

function habitsOf(text: string, root: TextNode): Habits {
  const eol = /\r\n/.test(text) ? '\r\n' : '\n'
  const steps: number[] = []
  const lists: boolean[] = []
  const look = (node: TextNode, depth: number): void => {
    for (const member of node.members) {
      const inner = member.value
      if (inner.form !== 'block') continue
      const step =
        inner.start - lineStart(text, inner.start) - (member.start - lineStart(text, member.start))
      if (!node.list && inner.list) lists.push(step > 0)
      if (!node.list && !inner.list && step > 0) steps.push(step)
      look(inner, depth + 1)
    }
  }
  look(root, 0)
  const step = steps[0] ?? 2
  const indentSeq = lists[0] ?? step > 2
  // Lists that are not indented are written two columns less than the step deep: right for a step of two alone.
  return { eol, indent: indentSeq ? step : 2, indentSeq }
}
