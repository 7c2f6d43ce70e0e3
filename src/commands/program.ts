import { suggestion } from './flags.ts'
import { exitCodes, type Io } from './io.ts'
import { commands } from './list.ts'
import { programVersion } from './program-version.ts'

/** The whole program: finds the command and runs it with its arguments; answers the exit code. */
export async function program(args: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined) {
    io.err(helpText())
    return exitCodes.usage
  }
  if (name === '--version' || name === '-v') {
    io.out(`${programVersion()}\n`)
    return exitCodes.clean
  }
  if (name === '--help' || name === '-h' || name === 'help') return help(rest, io)
  // kubectl's word for it, and that of every program made with cobra.
  if (name === '__complete') return (await import('./completion/complete.ts')).complete(rest, io)
  const entry = commands.get(name)
  return entry === undefined ? unknownCommand(name, io) : (await entry.load()).run(rest, io)
}

/** `help COMMAND` is `COMMAND --help`. */
async function help([name]: readonly string[], io: Io): Promise<number> {
  const entry = name === undefined ? undefined : commands.get(name)
  if (name !== undefined && entry === undefined) return unknownCommand(name, io)
  io.out(entry === undefined ? helpText() : (await entry.load()).help)
  return exitCodes.clean
}

function unknownCommand(name: string, io: Io): number {
  const known = [...commands.keys(), '--help', '--version']
  const what = `unknown command ${JSON.stringify(name)}${suggestion(name, known)}`
  io.err(`spiffe-webhook: ${what}\nSee spiffe-webhook --help.\n`)
  return exitCodes.usage
}

function helpText(): string {
  const lines = [...commands].map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  return `Usage: spiffe-webhook COMMAND [flags]

Moves Istio's sidecars onto the SPIFFE Workload API, and keeps pods off the node's raw socket.

${lines.join('\n')}

Each command has its own --help; --version prints the version.
`
}
