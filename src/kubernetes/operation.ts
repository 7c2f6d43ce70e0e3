/** One RFC 6902 operation of a JSON Patch; `path` is an RFC 6901 pointer. */
export type Operation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

/** The RFC 6901 pointer of the given keys and indexes, appended to `base` (a pointer itself). */
export function pointer(base: string, ...keys: readonly (string | number)[]): string {
  return keys.reduce<string>(
    (path, key) => `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`,
    base
  )
}
