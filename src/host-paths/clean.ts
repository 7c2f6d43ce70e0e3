/**
 * The segments of an absolute path: empty ones and `.` dropped, as the kernel reads them. `/` has none.
 * `..` is kept: whoever calls refuses it first.
 */
export function segments(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.')
}

/** True where `path` is `ancestor` or lies below it, compared by whole segments. */
export function isWithin(path: readonly string[], ancestor: readonly string[]): boolean {
  return ancestor.length <= path.length && ancestor.every((segment, i) => segment === path[i])
}

/** True where one of the two is the other or holds it: a mount of either shows the other. */
export function overlaps(a: readonly string[], b: readonly string[]): boolean {
  return isWithin(a, b) || isWithin(b, a)
}
