import type { Writer } from './splice.ts'
import type { Member, TextNode } from './text-node.ts'

/** Writes a value, or an entry with its key; `margin` is the white space before the line it stands on. */
export interface FlowStyle {
  readonly value: (value: unknown, margin: string) => string
  readonly entry: (key: string, value: unknown, margin: string) => string
  /** What stands behind a comma on the same line, where the text shows no other habit. */
  readonly space: string
}

/** Cuts JSON, and YAML between braces and brackets. */
export function flowWriter(text: string, style: FlowStyle): Writer {
  return {
    replace: (_, member, value) => ({
      start: member.value.start,
      end: member.end,
      text: style.value(value, marginOf(text, member.start))
    }),
    append: (parent, last, added) => {
      const space = spaceBefore(text, parent, style)
      const margin = space.slice(space.lastIndexOf('\n') + 1)
      const entries = added.map(([key, value]) =>
        parent.list ? style.value(value, margin) : style.entry(String(key), value, margin)
      )
      const end = last.end
      return { start: end, end, text: entries.map((entry) => `,${space}${entry}`).join('') }
    },
    remove: ({ members }, removed) => {
      const firstKept = members.findIndex((_, index) => !removed.has(index))
      return members.flatMap((member, index) => {
        if (!removed.has(index)) return []
        // Each takes one comma along: before the first that stays the one behind it, later the one before it.
        const next = members[index + 1]
        const before = members[index - 1]
        return index < firstKept
          ? [{ start: member.start, end: next?.start ?? member.end, text: '' }]
          : [{ start: before?.end ?? member.start, end: member.end, text: '' }]
      })
    }
  }
}

/** White space at the start of the line that `offset` stands on. */
function marginOf(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? ''
}

/** White space that the members of a container have between comma and text. */
function spaceBefore(text: string, { members }: TextNode, { space }: FlowStyle): string {
  const [first, second] = members
  const found = whiteBefore(text, second ?? first)
  return second !== undefined || found.includes('\n') ? found : space
}

function whiteBefore(text: string, member: Member | undefined): string {
  const end = member?.start ?? 0
  let start = end
  while (/\s/.test(text[start - 1] ?? '')) start--
  return text.slice(start, end)
}
