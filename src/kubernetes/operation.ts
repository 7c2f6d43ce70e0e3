/** One RFC 6902 operation of a JSON Patch; `path` is an RFC 6901 pointer. */
export type Operation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

/** Operations on the object that stands under `keys` in a document; their paths are relative to the object. */
export interface ObjectEdit {
  readonly keys: readonly (string | number)[]
  readonly operations: readonly Operation[]
}

const texts = new WeakMap<object, string>()

/** A value or an operation that many patches will hold: frozen, as its text is made once, here. */
export function constant<T extends object>(value: T): T {
  texts.set(value, asciiJson(value))
  return freeze(value)
}

function freeze<T extends object>(value: T): T {
  for (const part of Object.values(value))
    if (typeof part === 'object' && part !== null) freeze(part)
  return Object.freeze(value)
}

/**
 * The operations as the text of a JSON Patch, in ASCII: other characters are escaped. Where a value is no string, the pointer
 * must be made of field names and indexes alone, as Edits make it: only the key of a map of strings may hold what JSON escapes.
 */
export function patchText(operations: readonly Operation[]): string {
  let text = ''
  for (const operation of operations) text += `${text === '' ? '[' : ','}${textOf(operation)}`
  return text === '' ? '[]' : `${text}]`
}

function textOf(operation: Operation): string {
  const known = texts.get(operation)
  if (known !== undefined) return known
  if (operation.op === 'remove') return `{"op":"remove","path":"${operation.path}"}`
  const { op, path, value } = operation
  return typeof value === 'object' && value !== null
    ? `{"op":"${op}","path":"${path}","value":${texts.get(value) ?? asciiJson(value)}}`
    : `{"op":"${op}","path":${asciiJson(path)},"value":${asciiJson(value)}}`
}

const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )

const escapeKey = (key: string): string =>
  key.includes('~') || key.includes('/') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key

/** The RFC 6901 pointer of the given keys and indexes, appended to `base` (a pointer itself). */
export function pointer(base: string, ...keys: readonly (string | number)[]): string {
  let path = base
  for (const key of keys) path += `/${typeof key === 'number' ? key : escapeKey(key)}`
  return path
}
