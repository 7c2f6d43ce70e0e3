/** A JSON object as it comes off the wire: string keys, nothing known about the values. */
export type JsonObject = { readonly [key: string]: unknown }

/** True for a JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** True where two JSON values are equal, whatever the order of their keys. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]))
  }
  if (!isObject(a) || !isObject(b)) return false
  let keys = 0
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !equalJson(a[key], b[key])) return false
    keys++
  }
  return keys === Object.keys(b).length
}
