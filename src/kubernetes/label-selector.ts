import type { JsonObject } from './json.ts'

const key = '(?:[a-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?'
const value = '[A-Za-z0-9._-]*'
const requirement = new RegExp(
  `^\\s*(?:(!)\\s*(${key})|(${key})\\s*(?:(==|=|!=)\\s*(${value})|\\s(in|notin)\\s*\\(([^()]*)\\))?)\\s*$`
)

/**
 * Reads a selector as kubectl's `-l` takes it (apimachinery pkg/labels): `app=cart,tier!=db,x in (a, b),y,!z`. Undefined
 * where it cannot be read.
 */
export function parseSelector(text: string): JsonObject | undefined {
  const expressions: JsonObject[] = []
  for (const part of text.split(/,(?![^()]*\))/)) {
    const expression = parseRequirement(part)
    if (expression === undefined) return undefined
    expressions.push(expression)
  }
  return { matchExpressions: expressions }
}

function parseRequirement(part: string): JsonObject | undefined {
  const found = requirement.exec(part)
  if (found === null) return undefined
  const [, not, absent, key = '', equals, one = '', among, list = ''] = found
  if (not !== undefined) return { key: absent, operator: 'DoesNotExist' }
  if (equals !== undefined) {
    return { key, operator: equals === '!=' ? 'NotIn' : 'In', values: [one] }
  }
  if (among === undefined) return { key, operator: 'Exists' }
  const values = list.split(',').map((item) => item.trim())
  return { key, operator: among === 'in' ? 'In' : 'NotIn', values }
}
