import { equalJson, isObject } from '../kubernetes/json.ts'
import { type Alignment, align } from './align.ts'
import type { Member, TextNode } from './text-node.ts'

/** One cut in a text: what stands between the offsets gives way to `text`. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** How one style of text is cut; `parent` is always a container with members. */
export interface Writer {
  readonly replace: (parent: TextNode, member: Member, value: unknown) => Splice
  /** Puts entries or items behind `last`, which stays. */
  readonly append: (
    parent: TextNode,
    last: Member,
    added: readonly (readonly [key: string | number, value: unknown])[]
  ) => Splice
  /** Takes members out by index; at least one other stays. */
  readonly remove: (parent: TextNode, removed: ReadonlySet<number>) => readonly Splice[]
}

/** The cuts that turn the text of one value into that of another. */
export interface Splices {
  readonly splices: readonly Splice[]
  /** True where an alias or a map with a merge key had to be written out in its place. */
  readonly aliasWritten: boolean
}

/** Finds the smallest cuts that lead from `before` to `after`; undefined where the whole text must be written anew. */
export function spliceChanges(
  root: TextNode,
  values: Values,
  writers: { readonly block: Writer; readonly flow: Writer }
): Splices | undefined {
  const splices: Splice[] = []
  let aliasWritten = false

  /** False where the node itself must give way, which only its parent can do. */
  const change = (node: TextNode, { before, after }: Values): boolean => {
    if (equalJson(before, after)) return true
    const alignment = alignmentOf(node, { before, after })
    if (alignment === undefined) return false
    const writer = node.form === 'block' ? writers.block : writers.flow
    const kept = alignment.kept.flatMap(({ before: index, after: key }) => {
      const member = node.members[index]
      return member === undefined ? [] : [{ member, value: at(after, key) }]
    })
    for (const { member, value } of kept) {
      if (change(member.value, { before: at(before, member.key), after: value })) continue
      splices.push(writer.replace(node, member, value))
      aliasWritten ||= member.value.alias === true
    }
    const added = alignment.added.map((key) => [key, at(after, key)] as const)
    const last = kept.at(-1)?.member
    if (last !== undefined && added.length > 0) splices.push(writer.append(node, last, added))
    splices.push(...writer.remove(node, new Set(alignment.removed)))
    return true
  }
  return change(root, values) ? { splices, aliasWritten } : undefined
}

function alignmentOf(
  { form, members }: TextNode,
  { before, after }: Values
): Alignment | undefined {
  const keys = members.map(({ key }) => key)
  return form === 'whole' ? undefined : align(keys, before, after)
}

interface Values {
  readonly before: unknown
  readonly after: unknown
}

function at(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) return value[Number(key)]
  return isObject(value) ? value[key] : undefined
}

/** The text after its cuts. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  // The sort is stable: at one offset, what comes in was found before what goes out, the inner before the outer.
  const sorted = splices.toSorted((a, b) => a.start - b.start)
  const pieces: string[] = []
  let cursor = 0
  for (const splice of sorted) {
    pieces.push(text.slice(cursor, splice.start), splice.text)
    cursor = splice.end
  }
  return `${pieces.join('')}${text.slice(cursor)}`
}
