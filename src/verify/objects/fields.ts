import { equalJson, isObject, type JsonObject } from '../../kubernetes/json.ts'

/** One field that is not as it was rendered. */
export interface FieldDifference {
  /** `spec.template.spec.containers[webhook].image`. */
  readonly path: string
  readonly wanted: unknown
  readonly found: unknown
}

/** How strictly an object is compared. */
export interface FieldRules {
  /** True where only some fields are known: then items that a list has beside them are no difference. */
  readonly isPartial: boolean
  /** Fields that count as added by hand where they were not rendered; the API's defaults are no difference. */
  readonly mustBeRendered: (path: string) => boolean
  /** Fields that are not compared. */
  readonly ignored: (path: string) => boolean
}

/** What the API does not keep, or fills in itself. */
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  value === 0 ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0)

/** Where these are absent, they mean true: to take `false` away is a change. */
const trueByDefault = /\.(allowPrivilegeEscalation|automountServiceAccountToken)$/

function isSame(rendered: unknown, found: unknown, path: string): boolean {
  if (trueByDefault.test(path)) return (rendered ?? true) === (found ?? true)
  return (
    (isEmpty(rendered) && isEmpty(found)) ||
    equalJson(rendered, found) ||
    // An int-or-string, or a number that a template wrote as text.
    (typeof rendered !== 'object' && typeof found !== 'object' && `${rendered}` === `${found}`)
  )
}

/** Every field of `rendered` that `found` has otherwise. */
export function fieldDifferences(
  rendered: unknown,
  found: unknown,
  rules: FieldRules,
  path = ''
): readonly FieldDifference[] {
  if (rules.ignored(path)) return []
  if (isObject(rendered) && isObject(found)) return inMaps(rendered, found, rules, path)
  if (Array.isArray(rendered) && Array.isArray(found)) return inLists(rendered, found, rules, path)
  return isSame(rendered, found, path) ? [] : [{ path, wanted: rendered, found }]
}

function inMaps(
  rendered: JsonObject,
  found: JsonObject,
  rules: FieldRules,
  path: string
): readonly FieldDifference[] {
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`)
  return [
    ...Object.entries(rendered).flatMap(([key, value]) =>
      fieldDifferences(value, found[key], rules, below(key))
    ),
    ...Object.entries(found).flatMap(([key, value]) =>
      !Object.hasOwn(rendered, key) && !isEmpty(value) && rules.mustBeRendered(below(key))
        ? [{ path: below(key), wanted: undefined, found: value }]
        : []
    )
  ]
}

/** Items with names are compared by name, others by place. */
function inLists(
  rendered: readonly unknown[],
  found: readonly unknown[],
  rules: FieldRules,
  path: string
): readonly FieldDifference[] {
  const [before, after] = [byName(rendered), byName(found)]
  if (before === undefined || after === undefined) {
    if (rendered.length !== found.length) return [{ path, wanted: rendered, found }]
    return rendered.flatMap((item, index) =>
      fieldDifferences(item, found[index], rules, `${path}[${index}]`)
    )
  }
  return [
    ...[...before].flatMap(([name, item]) =>
      fieldDifferences(item, after.get(name), rules, `${path}[${name}]`)
    ),
    ...[...after].flatMap(([name, item]) =>
      before.has(name) || rules.isPartial
        ? []
        : [{ path: `${path}[${name}]`, wanted: undefined, found: item }]
    )
  ]
}

/** Undefined where not every item has a name of its own. */
function byName(items: readonly unknown[]): ReadonlyMap<string, JsonObject> | undefined {
  const named = new Map<string, JsonObject>()
  for (const item of items) {
    if (!isObject(item) || typeof item.name !== 'string' || named.has(item.name)) return undefined
    named.set(item.name, item)
  }
  return named
}
