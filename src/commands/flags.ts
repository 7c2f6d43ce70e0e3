import { parseArgs } from 'node:util'

/** One flag of a command. Without `value` it is a switch. */
export interface Flag {
  /** What it does, for --help: one sentence or two, without a full stop at the end. */
  readonly help: string
  readonly short?: string
  /** The name of its value in --help: `FILE`. */
  readonly value?: string
  /** True where the flag may be repeated. */
  readonly many?: true
  /** The closed list that it takes; the first is the default. */
  readonly values?: readonly string[]
  /** What its value names, for the completion of a shell to ask for. */
  readonly names?: 'contexts' | 'namespaces'
  /** A whole number, both ends included. */
  readonly number?: { readonly from: number; readonly to: number }
  /** What is wrong with a value, as in `must be …`; undefined where nothing is. */
  readonly check?: (text: string) => string | undefined
}

/** The flags of a command by their long names, in the order of --help. */
export type FlagTable = Readonly<Record<string, Flag>>

type ValueOf<F extends Flag> = F extends { readonly value: string }
  ? F extends { readonly many: true }
    ? readonly string[]
    : F extends { readonly number: object }
      ? number | undefined
      : string | undefined
  : boolean

/** What a command line gives for each flag of a table. */
export type Values<F extends FlagTable> = { readonly [K in keyof F]: ValueOf<F[K]> }

/**
 * Reads a command line, and collects everything that is wrong with it. Arguments without a flag are files, for a
 * command that has the flag `filename`.
 */
export function readFlags<F extends FlagTable>(
  args: readonly string[],
  table: F
): { readonly values: Values<F>; readonly errors: readonly string[] } {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { value, short, many = false }]) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        multiple: many,
        ...(short === undefined ? {} : { short })
      }
    ])
  )
  const { tokens, values } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true
  })
  const errors = tokens.flatMap((token) => faultOf(token, table))
  const given: Readonly<Record<string, unknown>> = values
  const files = tokens.flatMap((token) =>
    token.kind === 'positional' || (token.kind === 'option' && token.name === 'filename')
      ? [token.value]
      : []
  )
  const read = Object.entries(table).map(([name, flag]) => [
    name,
    readValue(flag, name === 'filename' ? files : given[name])
  ])
  return { values: Object.fromEntries(read), errors }
}

function readValue({ value, many, number }: Flag, given: unknown): unknown {
  if (value === undefined) return given === true
  if (many) return Array.isArray(given) ? given.map(String) : []
  if (typeof given !== 'string') return undefined
  return number === undefined ? given : Number(given)
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]

function faultOf(token: Token, table: FlagTable): readonly string[] {
  if (token.kind === 'positional') {
    return Object.hasOwn(table, 'filename')
      ? []
      : [`unexpected argument ${JSON.stringify(token.value)}: this command takes only flags`]
  }
  if (token.kind === 'option-terminator') return []
  const { name, rawName, value } = token
  const flag = Object.hasOwn(table, name) ? table[name] : undefined
  if (flag === undefined) {
    return [`unknown flag ${rawName}${suggestion(name, Object.keys(table), '--')}`]
  }
  if (flag.value === undefined) {
    return value === undefined ? [] : [`${rawName} does not take a value`]
  }
  if (value === undefined || (value.startsWith('-') && value !== '-' && !token.inlineValue)) {
    return [`${rawName} needs a value: ${flag.value}`]
  }
  const fault = judgeValue(flag, value)
  return fault === undefined ? [] : [`${rawName} ${JSON.stringify(value)}: ${fault}`]
}

function judgeValue({ values, number, check }: Flag, text: string): string | undefined {
  if (values !== undefined && !values.includes(text)) return `must be one of ${values.join(', ')}`
  if (number !== undefined) {
    const { from, to } = number
    const isWithin = /^\d+$/.test(text) && Number(text) >= from && Number(text) <= to
    if (!isWithin) return `must be a whole number from ${from} to ${to}`
  }
  return check?.(text)
}

/** `: did you mean "check"?` where one name is near, else nothing. */
export function suggestion(name: string, names: readonly string[], prefix = ''): string {
  // Two letters may differ in a long name; in a short one that is another word.
  const limit = Math.min(2, Math.floor(name.length / 3))
  const near = names
    .map((candidate) => ({ candidate, distance: distance(name, candidate) }))
    .filter((entry) => entry.distance <= limit)
    .sort((a, b) => a.distance - b.distance)[0]
  if (near === undefined) return ''
  const shown = prefix === '' ? JSON.stringify(near.candidate) : `${prefix}${near.candidate}`
  return `: did you mean ${shown}?`
}

/** Levenshtein distance, row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
