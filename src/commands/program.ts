import { type Command, exitCodes, type Io } from './command.ts'
import { suggestion } from './flags.ts'
import { programVersion } from './program-version.ts'

/** Every command, loaded when it is asked for: inject and check start without the Kubernetes client. */
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['serve', async () => (await import('./serve.ts')).serve],
  ['inject', async () => (await import('./inject/inject.ts')).inject],
  ['check', async () => (await import('./check/check.ts')).check],
  ['verify', async () => (await import('./verify/verify.ts')).verify],
  ['policy', async () => (await import('./policy.ts')).policy],
  ['demo', async () => (await import('./demo/demo.ts')).demo]
])

/** The whole program: finds the command and runs it with its arguments; answers the exit code. */
export async function program(args: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined) {
    io.err(await helpText())
    return exitCodes.usage
  }
  if (name === '--version' || name === '-v') {
    io.out(`${programVersion()}\n`)
    return exitCodes.clean
  }
  if (name === '--help' || name === '-h' || name === 'help') return help(rest, io)
  const load = commands.get(name)
  return load === undefined ? unknownCommand(name, io) : (await load()).run(rest, io)
}

/** `help COMMAND` is `COMMAND --help`. */
async function help([name]: readonly string[], io: Io): Promise<number> {
  const load = name === undefined ? undefined : commands.get(name)
  if (name !== undefined && load === undefined) return unknownCommand(name, io)
  io.out(load === undefined ? await helpText() : (await load()).usage)
  return exitCodes.clean
}

function unknownCommand(name: string, io: Io): number {
  const known = [...commands.keys(), '--help', '--version']
  const what = `${JSON.stringify(name)} is no command${suggestion(name, known, '')}`
  io.err(`spiffe-webhook: ${what}\nSee spiffe-webhook --help.\n`)
  return exitCodes.usage
}

async function helpText(): Promise<string> {
  const lines: string[] = []
  for (const [name, load] of commands) lines.push(`  ${name.padEnd(8)} ${(await load()).summary}`)
  return `Usage: spiffe-webhook COMMAND [flags]

Moves Istio's sidecars onto the SPIFFE Workload API, and keeps everyone else's hands off the node's raw socket.

${lines.join('\n')}

Each command has --help of its own; --version prints the version.
`
}
