import { isObject } from './json.ts'
import { quote } from './quote.ts'

/**
 * Checks one value; answers the first fault as its place and what it must be (`.name: must be a string`),
 * or undefined where the shape fits. Places are put together on the way back, so a value that fits costs no text.
 */
export type Shape = (value: unknown) => string | undefined

/** A JSON string. */
export const string: Shape = (value) =>
  typeof value === 'string' ? undefined : ': must be a string'

/** `shape`, or nothing: Kubernetes reads null and an absent field alike. */
export const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || value === null ? undefined : shape(value)

/** An array whose items all have `shape`. */
export const list =
  (shape: Shape): Shape =>
  (value) => {
    if (!Array.isArray(value)) return ': must be a list'
    for (let index = 0; index < value.length; index++) {
      const fault = shape(value[index])
      if (fault !== undefined) return `[${index}]${fault}`
    }
    return undefined
  }

/** What has `shape`, where a list of it has so many items at most. */
export const atMostItems =
  (most: number, shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.length > most ? `: must have at most ${most} items` : shape(value)

/** An object whose values are strings, of so many bytes at most with their keys. */
export const texts = (most: number): Shape => {
  const strings = map(string)
  return (value) =>
    strings(value) ??
    (charactersOf(value as Readonly<Record<string, string>>) > most
      ? `: must be at most ${most} bytes in all`
      : undefined)
}

/** Never more than the bytes of the same in UTF-8. */
function charactersOf(values: Readonly<Record<string, string>>): number {
  let count = 0
  for (const key in values) count += key.length + (values[key]?.length ?? 0)
  return count
}

/** An object whose values all have `shape`. */
export const map =
  (shape: Shape): Shape =>
  (value) => {
    if (!isObject(value)) return ': must be an object'
    for (const key of Object.keys(value)) {
      const fault = shape(value[key])
      if (fault !== undefined) return `[${quote(key)}]${fault}`
    }
    return undefined
  }

/** An object with a name. By far the most there are of in a pod, so that nothing is called for one that fits. */
export const named: Shape = (value) => {
  if (!isObject(value)) return ': must be an object'
  return typeof value.name === 'string' ? undefined : `.name${string(value.name)}`
}

/** An object whose named fields have the given shapes; every other field is left as it is. */
export const object = (fields: Readonly<Record<string, Shape>>): Shape => {
  const keys = Object.keys(fields)
  const shapes = Object.values(fields)
  return (value) => {
    if (!isObject(value)) return ': must be an object'
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] ?? ''
      const fault = shapes[index]?.(value[key])
      if (fault !== undefined) return `.${key}${fault}`
    }
    return undefined
  }
}
