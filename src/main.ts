import { type Command, exitCodes, type Io } from './commands/command.ts'
import { suggestion } from './commands/flags.ts'
import { wantsColours } from './commands/paint.ts'
import { programVersion } from './commands/program-version.ts'

/** Every command, loaded when it is asked for: inject and check start without the Kubernetes client. */
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['serve', async () => (await import('./commands/serve.ts')).serve],
  ['inject', async () => (await import('./commands/inject.ts')).inject],
  ['check', async () => (await import('./commands/check.ts')).check],
  ['verify', async () => (await import('./commands/verify.ts')).verify],
  ['policy', async () => (await import('./commands/policy.ts')).policy],
  ['demo', async () => (await import('./commands/demo.ts')).demo]
])

async function main(args: readonly string[], io: Io): Promise<number> {
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

/** A reader that went away, such as head, costs the output and not the verdict: the exit code stands. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') fault(error)
}

/** One sentence for people, the stack for whoever set DEBUG. */
function fault(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error)
  process.stderr.write(`spiffe-webhook: ${why}\n`)
  if (process.env.DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exit(exitCodes.fault)
}

process.stdout.on('error', ignoreClosedPipe)
process.stderr.on('error', ignoreClosedPipe)
process.on('uncaughtException', fault)

const io: Io = {
  stdin: process.stdin,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  colours: wantsColours(process.stdout, process.env)
}

try {
  process.exitCode = await main(process.argv.slice(2), io)
} catch (error) {
  fault(error)
}
