/** A run of lines that gave way to others: indexes and counts in both texts. */
export interface Change {
  readonly before: number
  readonly removed: number
  readonly after: number
  readonly added: number
}

/** Lines looked ahead for a place where both texts agree again. */
const lookAhead = 300

/** Lines that must agree there, so that a lone `- name: x` is none, unless as many went as came. */
const agreement = 2

/**
 * Finds what changed between two lists of lines, in time linear in them: at each difference it takes the nearest
 * place where they agree again. Right for edits here and there, not the shortest for texts that have little in common.
 */
export function diffLines(before: readonly string[], after: readonly string[]): readonly Change[] {
  const changes: Change[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      i += 1
      j += 1
      continue
    }
    const [removed, added] = nextAgreement(before, after, i, j)
    const last = changes.at(-1)
    if (last !== undefined && last.before + last.removed === i && last.after + last.added === j) {
      changes.pop()
      changes.push({ ...last, removed: last.removed + removed, added: last.added + added })
    } else changes.push({ before: i, removed, after: j, added })
    i += removed
    j += added
  }
  return changes
}

/** How many lines to leave out of each text until they agree; all that was looked at where they do not. */
function nextAgreement(
  before: readonly string[],
  after: readonly string[],
  i: number,
  j: number
): readonly [removed: number, added: number] {
  const left = before.length - i
  const right = after.length - j
  for (let distance = 1; distance <= Math.min(lookAhead, left + right); distance++) {
    for (let removed = Math.min(distance, left); removed >= 0; removed--) {
      const added = distance - removed
      const wanted = removed === added ? 1 : agreement
      if (added <= right && agrees(before, after, i + removed, j + added, wanted)) {
        return [removed, added]
      }
    }
  }
  return [Math.min(left, lookAhead), Math.min(right, lookAhead)]
}

function agrees(
  before: readonly string[],
  after: readonly string[],
  i: number,
  j: number,
  wanted: number
): boolean {
  for (let ahead = 0; ahead < wanted; ahead++) {
    // Two texts that end together agree.
    if (before[i + ahead] !== after[j + ahead]) return false
  }
  return true
}
