import { parseArgs } from 'node:util'

/** One flag: a string, a list of strings or a switch; `values` is the closed list that it takes. */
export interface Flag {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly multiple?: boolean
  readonly values?: readonly string[]
}

/** The flags that were given, by name. */
export interface Flags {
  readonly text: (name: string) => string | undefined
  readonly list: (name: string) => readonly string[]
  readonly on: (name: string) => boolean
}

/** Flags, or every fault of the command line at once, each one sentence. */
export type ReadFlags = { readonly flags: Flags } | { readonly errors: readonly string[] }

/** Reads a command line that has flags and nothing else. */
export function readFlags(
  args: readonly string[],
  known: Readonly<Record<string, Flag>>
): ReadFlags {
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { type, short, multiple = false }]) => [
      name,
      { type, multiple, ...(short === undefined ? {} : { short }) }
    ])
  )
  const parsed = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true
  })
  const errors = parsed.tokens.flatMap((token) => faultOf(token, known))
  if (errors.length > 0) return { errors }
  const values: Readonly<Record<string, unknown>> = parsed.values
  return {
    flags: {
      text: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
      list: (name) => (Array.isArray(values[name]) ? values[name].map(String) : []),
      on: (name) => values[name] === true
    }
  }
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]

function faultOf(token: Token, known: Readonly<Record<string, Flag>>): readonly string[] {
  if (token.kind === 'positional') {
    const instead = Object.hasOwn(known, 'filename')
      ? 'files are named with -f'
      : 'this command takes flags only'
    return [`${JSON.stringify(token.value)} is not expected: ${instead}`]
  }
  if (token.kind === 'option-terminator') return []
  const { name, rawName, value } = token
  const flag = Object.hasOwn(known, name) ? known[name] : undefined
  if (flag === undefined) return [`${rawName} is unknown${suggestion(name, Object.keys(known))}`]
  if (flag.type === 'boolean') {
    return value === undefined ? [] : [`${rawName} takes no value, not ${JSON.stringify(value)}`]
  }
  if (value === undefined || (value.startsWith('-') && value !== '-' && !token.inlineValue)) {
    return [`${rawName} wants a value`]
  }
  if (flag.values !== undefined && !flag.values.includes(value)) {
    return [`${rawName} ${JSON.stringify(value)} is none of ${flag.values.join(', ')}`]
  }
  return []
}

/** `: did you mean --x?` where one name is near, else nothing. */
export function suggestion(name: string, names: readonly string[], prefix = '--'): string {
  // Two letters may differ in a long name; in a short one that is another word.
  const limit = Math.min(2, Math.floor(name.length / 3))
  const near = names
    .map((candidate) => ({ candidate, distance: distance(name, candidate) }))
    .filter((entry) => entry.distance <= limit)
    .sort((a, b) => a.distance - b.distance)[0]
  return near === undefined ? '' : `: did you mean ${prefix}${near.candidate}?`
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
