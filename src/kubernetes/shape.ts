import { isObject } from './json.ts'
import { quote } from './quote.ts'

/**
 * Checks one value; answers the first fault as its place and what it must be (`.name: must be a string`),
 * or undefined where the shape fits. Places are put together on the way back, so a value that fits costs no text.
 */
export type Shape = (value: unknown) => string | undefined

/** What is said of a value that is no object. */
export const notAnObject = ': must be an object'
/** What is said of a value that is no list. */
export const notAList = ': must be a list'

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
    if (!Array.isArray(value)) return notAList
    for (let index = 0; index < value.length; index++) {
      const fault = shape(value[index])
      if (fault !== undefined) return `[${index}]${fault}`
    }
    return undefined
  }

/** An object whose values all have `shape`. */
export const map =
  (shape: Shape): Shape =>
  (value) => {
    if (!isObject(value)) return notAnObject
    for (const key of Object.keys(value)) {
      const fault = shape(value[key])
      if (fault !== undefined) return `[${quote(key)}]${fault}`
    }
    return undefined
  }

/** An object with a name. */
export const named: Shape = (value) => {
  if (!isObject(value)) return notAnObject
  return typeof value.name === 'string' ? undefined : `.name${string(value.name)}`
}

/** An object whose named fields have the given shapes; every other field is left as it is. */
export const object = (fields: Readonly<Record<string, Shape>>): Shape => {
  const keys = Object.keys(fields)
  const shapes = Object.values(fields)
  return (value) => {
    if (!isObject(value)) return notAnObject
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] ?? ''
      const fault = under(key, shapes[index]?.(value[key]))
      if (fault !== undefined) return fault
    }
    return undefined
  }
}

/** The fault of a field, told with the field's name. */
export const under = (key: string, fault: string | undefined): string | undefined =>
  fault === undefined ? undefined : `.${key}${fault}`

/*
 * What a pod has most of. Each loop of its own calls one function alone, which V8 then makes part of the loop: `list`, which
 * calls any, takes three times as long.
 */

/** The same as list(string). */
export const listOfStrings: Shape = (value) => {
  if (!Array.isArray(value)) return notAList
  for (let index = 0; index < value.length; index++) {
    const fault = string(value[index])
    if (fault !== undefined) return `[${index}]${fault}`
  }
  return undefined
}

/** The same as list(named). */
export const listOfNamed: Shape = (value) => {
  if (!Array.isArray(value)) return notAList
  for (let index = 0; index < value.length; index++) {
    const fault = named(value[index])
    if (fault !== undefined) return `[${index}]${fault}`
  }
  return undefined
}
