import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { printable } from '../terminal/paint.ts'
import { type Flag, type FlagTable, readFlags, type Values } from './flags.ts'
import { flagsHelp, wrap } from './help.ts'
import { exitCodes, type Io } from './io.ts'

/** One way to print what a command found. It may tell standard error what the reader of its text must know. */
export type View<Data> = (data: Data, io: Io) => string | Promise<string>

/** Everything that is wrong with the call; one sentence each. */
export interface Wrong {
  readonly errors: readonly string[]
}

/** What was read for a run. */
export type Read<Input> = { readonly input: Input } | Wrong

/** What a run ends with. */
export interface Outcome<Data> {
  readonly code: number
  /** For the view; absent where there is nothing to print. */
  readonly data?: Data
  /** For standard error, behind the command's name: what could not be read or done. */
  readonly faults?: readonly string[]
  /** For standard error, as it is: what was done. */
  readonly summary?: readonly string[]
}

/** What a command is given to work on. */
export interface Given<F extends FlagTable, Input> {
  readonly flags: Values<F>
  /** Of --config, or the defaults; also the defaults for a command without that flag. */
  readonly config: Config
  /** What `read` read. */
  readonly input: Input
  readonly io: Io
}

/** What --help says beside the flags. */
interface Described {
  readonly name: string
  /** What follows the name in the first line of --help; `[flags]` by default. */
  readonly synopsis?: string
  /** Paragraphs of --help. */
  readonly about: readonly string[]
  /** What the exit codes mean, as in `0 done, 1 a pod was refused`. */
  readonly exits: string
}

/** A command: a table of flags, and a function that returns data. */
export interface Definition<F extends FlagTable, Input, Data> extends Described {
  /** `config` is read by the frame where the table names it; `output` and `help` are added by it. */
  readonly flags: F
  /** The formats of --output, the default first, and what that flag does. */
  readonly output?: {
    readonly help: string
    readonly views: Readonly<Record<string, View<Data>>>
    /** What a format prints where the run could not begin, for readers that want a report in any case. */
    readonly whenWrong?: (errors: readonly string[]) => Readonly<Record<string, Data>>
  }
  /** Reads what the flags name; its errors are reported together with those of flags and configuration. */
  readonly read?: (flags: Values<F>, io: Io) => Promise<Read<Input>>
  readonly run: (given: Given<F, Input>) => Promise<Outcome<Data> | Wrong>
}

/** A command as the program runs it. */
export interface Command {
  readonly flags: FlagTable
  /** The words that the command takes in the place of flags. */
  readonly shells?: readonly string[]
  readonly help: string
  /** Runs with the arguments behind its name; answers the exit code. Throws for faults only. */
  readonly run: (args: readonly string[], io: Io) => Promise<number>
}

/** Makes a command of its definition: parsing, help, configuration, formats, messages and exit codes. */
export function defineCommand<const F extends FlagTable, Input, Data>(
  definition: Definition<F, Input, Data>
): Command {
  const { name, output } = definition
  const formats = Object.keys(output?.views ?? {})
  const flags: FlagTable = {
    ...definition.flags,
    ...(output === undefined ? {} : { output: outputFlag(output.help, formats) }),
    help: { short: 'h', help: 'print this help' }
  }
  const help = helpText(definition, flags)
  return {
    flags,
    help,
    run: async (args, io) => {
      const { values, errors } = readFlags(args, flags)
      if (values.help === true && errors.length === 0) {
        io.out(help)
        return exitCodes.clean
      }
      const given = await prepare(definition, values as Values<F>, errors, io)
      const result = 'errors' in given ? given : await definition.run(given)
      const format = String(values.output ?? formats[0])
      const view = output?.views[format]
      const outcome = 'errors' in result ? usageOutcome(definition, format, result) : result
      if (outcome.data !== undefined && view !== undefined) io.out(await view(outcome.data, io))
      tell(name, outcome.faults ?? [], io)
      for (const line of outcome.summary ?? []) io.err(`${line}\n`)
      return outcome.code
    }
  }
}

function usageOutcome<F extends FlagTable, Input, Data>(
  { name, output }: Definition<F, Input, Data>,
  format: string,
  { errors }: Wrong
): Outcome<Data> {
  const data = output?.whenWrong?.(errors)[format]
  return {
    code: exitCodes.usage,
    ...(data === undefined ? {} : { data }),
    faults: errors,
    summary: [`See spiffe-webhook ${name} --help.`]
  }
}

/** Everything that the run needs, or everything that is wrong at once. */
async function prepare<F extends FlagTable, Input>(
  { read }: Pick<Definition<F, Input, never>, 'read'>,
  flags: Values<F>,
  errors: readonly string[],
  io: Io
): Promise<Given<F, Input> | Wrong> {
  const { config: file }: { readonly config?: unknown } = flags
  const loaded = loadConfig(typeof file === 'string' ? { file } : {})
  const found = errors.length > 0 || read === undefined ? undefined : await read(flags, io)
  const wrong = [
    ...errors,
    ...('errors' in loaded ? loaded.errors : []),
    ...(found !== undefined && 'errors' in found ? found.errors : [])
  ]
  if (wrong.length > 0 || 'errors' in loaded) return { errors: wrong }
  // A command without `read` has no Input.
  const input = (found !== undefined && 'input' in found ? found.input : undefined) as Input
  return { flags, config: loaded.config, input, io }
}

function tell(name: string, faults: readonly string[], io: Io): void {
  for (const fault of faults) io.err(`spiffe-webhook ${name}: ${printable(fault)}\n`)
}

function outputFlag(help: string, formats: readonly string[]): Flag {
  return { short: 'o', value: formats.join('|'), values: formats, help }
}

function helpText(
  { name, synopsis = '[flags]', about, exits }: Described,
  flags: FlagTable
): string {
  const paragraphs = about.map((paragraph) => `${wrap(paragraph, 110).join('\n')}\n`)
  return [
    `Usage: spiffe-webhook ${name}${synopsis === '' ? '' : ` ${synopsis}`}\n`,
    ...paragraphs,
    flagsHelp(flags),
    `Exit code: ${exits}.\n`
  ].join('\n')
}
