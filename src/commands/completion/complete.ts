import type { Flag, FlagTable } from '../flags.ts'
import { exitCodes, type Io } from '../io.ts'
import { commands } from '../list.ts'

/** What a shell offers for the last word of a line. */
export interface Candidates {
  readonly words: readonly (readonly [word: string, help: string])[]
  /** True where names of files do as well. */
  readonly files: boolean
}

/** Directives of cobra's protocol, which kubectl speaks with its plugins: names of files by default, or none. */
const directives = { files: 0, noFiles: 4 } as const

/**
 * Prints what may stand in the place of the last argument: a line for each word, its help behind a tab, and a line with
 * the directive. Everything comes from the tables of flags.
 */
export async function complete(words: readonly string[], io: Io): Promise<number> {
  const { words: found, files } = await candidatesFor(words)
  for (const [word, help] of found) io.out(help === '' ? `${word}\n` : `${word}\t${help}\n`)
  io.out(`:${files ? directives.files : directives.noFiles}\n`)
  return exitCodes.clean
}

const nothing: Candidates = { words: [], files: false }

async function candidatesFor(words: readonly string[]): Promise<Candidates> {
  const [name = '', ...rest] = words
  if (rest.length === 0) return starting(name, [...listed(), ['help', 'help of a command']])
  if (name === 'help') return rest.length === 1 ? starting(rest[0] ?? '', listed()) : nothing
  const entry = commands.get(name)
  if (entry === undefined) return nothing
  const { flags, shells } = await entry.load()
  if (shells !== undefined)
    return starting(
      rest.at(-1) ?? '',
      shells.map((shell) => [shell, ''])
    )
  return ofFlags(rest, flags)
}

const listed = (): readonly (readonly [string, string])[] =>
  [...commands].map(([name, { summary }]) => [name, summary] as const)

const starting = (partial: string, words: Candidates['words']): Candidates => ({
  words: words.filter(([word]) => word.startsWith(partial)),
  files: false
})

/** bash takes `--output=json` for three words. */
async function ofFlags(words: readonly string[], flags: FlagTable): Promise<Candidates> {
  const [last = '', ...before] = words.filter((word) => word !== '=').toReversed()
  const isOpen = words.at(-1) === '='
  const partial = isOpen ? '' : last
  const previous = isOpen ? last : (before[0] ?? '')
  const equals = /^(--[^=]+=)(.*)$/.exec(partial)
  if (equals !== null) {
    const [, opening = '', value = ''] = equals
    return valuesOf(flagOf(opening.slice(0, -1), flags), value, opening, words)
  }
  const flag = flagOf(previous, flags)
  if (flag?.value !== undefined) return valuesOf(flag, partial, '', words)
  if (partial.startsWith('-')) {
    const all = Object.entries(flags).map(([name, { help }]) => [`--${name}`, help] as const)
    return starting(partial, all)
  }
  return { words: [], files: Object.hasOwn(flags, 'filename') }
}

function flagOf(word: string, flags: FlagTable): Flag | undefined {
  if (word.startsWith('--'))
    return Object.hasOwn(flags, word.slice(2)) ? flags[word.slice(2)] : undefined
  return Object.values(flags).find(({ short }) => short !== undefined && word === `-${short}`)
}

async function valuesOf(
  flag: Flag | undefined,
  partial: string,
  opening: string,
  line: readonly string[]
): Promise<Candidates> {
  if (flag?.value === undefined) return nothing
  const known =
    flag.names === undefined
      ? (flag.values ?? [])
      : await (await import('./cluster-names.ts')).clusterNames(flag.names, line)
  const words = known.map((value) => [`${opening}${value}`, ''] as const)
  return {
    words: words.filter(([word]) => word.startsWith(`${opening}${partial}`)),
    files: /FILE|DIR/.test(flag.value)
  }
}
