import { celList } from './restricted-fields.ts'

/** Whether a plugin that reads these keys, alone or with a slash and a container's name behind them, reads this one. */
export function isKeyOf(keys: readonly string[], key: string): boolean {
  return keys.some((known) => key === known || key.startsWith(`${known}/`))
}

/** The same in CEL of the key `a`: it costs the same for any number of keys. */
export function celKeyOf(keys: readonly string[]): string {
  return `a.split('/')[0] in ${celList(keys)}`
}
