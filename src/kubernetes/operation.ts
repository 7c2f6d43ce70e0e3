/** One RFC 6902 operation of a JSON Patch; `path` is an RFC 6901 pointer. */
export type Operation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

/** Operations on the object that stands under `keys` in a document; their paths are relative to the object. */
export interface ObjectEdit {
  readonly keys: readonly (string | number)[]
  readonly operations: readonly Operation[]
}

const escapeKey = (key: string): string =>
  key.includes('~') || key.includes('/') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key

/** The RFC 6901 pointer of the given keys and indexes, appended to `base` (a pointer itself). */
export function pointer(base: string, ...keys: readonly (string | number)[]): string {
  let path = base
  for (const key of keys) path += `/${typeof key === 'number' ? key : escapeKey(key)}`
  return path
}
