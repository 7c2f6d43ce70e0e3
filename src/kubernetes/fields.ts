import { isObject, type JsonObject } from './json.ts'

/** The value under `keys`, or undefined where one of them is missing. */
export function valueAt(object: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), object)
}

/** The value where it is a string, or empty: for a field that is at hand. */
export const asText = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The string under the keys, or empty. */
export function textAt(object: unknown, ...keys: readonly string[]): string {
  return asText(valueAt(object, keys))
}

/** The value where it is an object, or an empty one. */
export const asObject = (value: unknown): JsonObject => (isObject(value) ? value : none)

const none: JsonObject = {}

/** The objects of the list under the keys; anything else counts as none. */
export function listAt(object: unknown, ...keys: readonly string[]): readonly JsonObject[] {
  const value = valueAt(object, keys)
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The strings of the list under the keys. */
export function textsAt(object: unknown, ...keys: readonly string[]): readonly string[] {
  const value = valueAt(object, keys)
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** The number under the keys, or zero. */
export function numberAt(object: unknown, ...keys: readonly string[]): number {
  const value = valueAt(object, keys)
  return typeof value === 'number' ? value : 0
}

/** metadata.name, or empty. */
export function nameOf(object: unknown): string {
  return textAt(object, 'metadata', 'name')
}

/** metadata.namespace, or empty. */
export function namespaceOf(object: unknown): string {
  return textAt(object, 'metadata', 'namespace')
}

/** metadata.labels, or none. */
export function labelsOf(object: unknown): Readonly<Record<string, string>> {
  return stringsAt(object, 'metadata', 'labels')
}

/** The map of strings under the keys; entries of any other type are left out. */
export function stringsAt(
  object: unknown,
  ...keys: readonly string[]
): Readonly<Record<string, string>> {
  const value = valueAt(object, keys)
  if (!isObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  )
}

/** The API group of an object's `apiVersion`: `apps/v1` is `apps`, `v1` is the empty string. */
export function apiGroup(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}
