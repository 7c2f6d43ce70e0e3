/**
 * Where a value stands in the text it was read from, offsets in UTF-16 units. `end` is the end of its content:
 * white space and comments behind it are outside.
 */
export interface TextNode {
  readonly start: number
  readonly end: number
  /** `whole`: a scalar, or something that can only be replaced as one piece. */
  readonly form: 'block' | 'flow' | 'whole'
  readonly list: boolean
  readonly members: readonly Member[]
  /** An alias, or a map with a merge key: its value stands elsewhere. */
  readonly alias?: true
}

/** An entry of a map or an item of a list. */
export interface Member {
  /** The key of a map's entry; the index of an item. */
  readonly key: string | number
  /** Offset of the key, or of the item's `-`. */
  readonly start: number
  /** Offset just behind the `:` or the `-`. */
  readonly mark: number
  readonly end: number
  readonly value: TextNode
}

/** Offset of the value under `keys`, or of the nearest parent that is there. */
export function offsetOf(root: TextNode, keys: readonly (string | number)[]): number {
  let node = root
  for (const key of keys) {
    const member = node.list
      ? node.members[Number(key)]
      : node.members.find((one) => one.key === String(key))
    if (member === undefined) break
    node = member.value
  }
  return node.start
}
