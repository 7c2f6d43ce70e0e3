import { isObject } from './json.ts'

/** Checks one value; answers the first fault as `path: what is wanted`, or undefined where the shape fits. */
export type Shape = (value: unknown, path: string) => string | undefined

/** A JSON string. */
export const string: Shape = (value, path) =>
  typeof value === 'string' ? undefined : `${path}: a string is wanted`

/** Anything at all: judged elsewhere. */
export const anything: Shape = () => undefined

/** `shape`, or nothing: Kubernetes reads null and an absent field alike. */
export const optional =
  (shape: Shape): Shape =>
  (value, path) =>
    value === undefined || value === null ? undefined : shape(value, path)

/** An array whose items all have `shape`. */
export const list =
  (shape: Shape): Shape =>
  (value, path) => {
    if (!Array.isArray(value)) return `${path}: a list is wanted`
    for (let index = 0; index < value.length; index++) {
      const fault = shape(value[index], `${path}[${index}]`)
      if (fault !== undefined) return fault
    }
    return undefined
  }

/** An object whose values all have `shape`. */
export const map =
  (shape: Shape): Shape =>
  (value, path) => {
    if (!isObject(value)) return `${path}: an object is wanted`
    for (const key of Object.keys(value)) {
      const fault = shape(value[key], `${path}[${JSON.stringify(key)}]`)
      if (fault !== undefined) return fault
    }
    return undefined
  }

/** An object whose named fields have the given shapes; every other field is left as it is. */
export const object = (fields: Readonly<Record<string, Shape>>): Shape => {
  const entries = Object.entries(fields)
  return (value, path) => {
    if (!isObject(value)) return `${path || 'object'}: an object is wanted`
    for (const [key, shape] of entries) {
      const fault = shape(value[key], path === '' ? key : `${path}.${key}`)
      if (fault !== undefined) return fault
    }
    return undefined
  }
}
