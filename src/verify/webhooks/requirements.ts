import { listAt, stringsAt, textAt, textsAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'

/** One requirement of a meta/v1 LabelSelector: matchLabels and matchExpressions say the same in two ways. */
export interface Requirement {
  readonly key: string
  readonly operator: string
  readonly values: readonly string[]
}

/** Every requirement of a selector; all of them must hold. */
export function requirementsOf(selector: unknown): readonly Requirement[] {
  return [
    ...Object.entries(stringsAt(selector, 'matchLabels')).map(([key, value]) => ({
      key,
      operator: 'In',
      values: [value]
    })),
    ...listAt(selector, 'matchExpressions').map((expression: JsonObject) => ({
      key: textAt(expression, 'key'),
      operator: textAt(expression, 'operator'),
      values: textsAt(expression, 'values').toSorted()
    }))
  ]
}

/** `team In (a, b)` as kubectl writes it; also what tells two requirements apart. */
export function showRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'In':
    case 'NotIn': {
      const [only = ''] = values
      const isOne = values.length === 1
      if (isOne) return `${key}${operator === 'In' ? '' : '!'}=${only}`
      return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(', ')})`
    }
    case 'Exists':
      return key
    case 'DoesNotExist':
      return `!${key}`
    default:
      return `${key} ${operator}`
  }
}

/** The selector with these requirements. */
export const selectorOf = (requirements: readonly Requirement[]): JsonObject => ({
  matchExpressions: requirements
})

/** True where no set of labels satisfies all requirements. */
export function isImpossible(requirements: readonly Requirement[]): boolean {
  const byKey = Map.groupBy(requirements, ({ key }) => key)
  return [...byKey.values()].some((ofKey) => {
    const isAbsent = ofKey.some(({ operator }) => operator === 'DoesNotExist')
    const wanted = ofKey.filter(({ operator }) => operator === 'In')
    const isPresent = wanted.length > 0 || ofKey.some(({ operator }) => operator === 'Exists')
    if (isAbsent && isPresent) return true
    const [first] = wanted
    if (first === undefined) return false
    const unwanted = ofKey.filter(({ operator }) => operator === 'NotIn')
    return !first.values.some(
      (value) =>
        wanted.every(({ values }) => values.includes(value)) &&
        !unwanted.some(({ values }) => values.includes(value))
    )
  })
}

/** How one selector differs from another. */
export interface Changed {
  readonly added: readonly Requirement[]
  readonly removed: readonly Requirement[]
  readonly all: readonly Requirement[]
}

/** Compares two selectors, requirement by requirement. */
export function changedRequirements(expected: unknown, actual: unknown): Changed {
  const [before, all] = [requirementsOf(expected), requirementsOf(actual)]
  const has = (list: readonly Requirement[], one: Requirement): boolean =>
    list.some((other) => showRequirement(other) === showRequirement(one))
  return {
    all,
    added: all.filter((one) => !has(before, one)),
    removed: before.filter((one) => !has(all, one))
  }
}

/** Requirements as kubectl writes them. */
export const showRequirements = (requirements: readonly Requirement[]): string =>
  requirements.map(showRequirement).join(', ')
