import { type Command, exitCodes, type Io } from './commands/command.ts'
import { suggestion } from './commands/flags.ts'
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
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const text = await helpText()
    if (name !== undefined) io.out(text)
    else io.err(text)
    return name === undefined ? exitCodes.usage : exitCodes.clean
  }
  if (name === '--version' || name === '-v') {
    io.out(`${programVersion()}\n`)
    return exitCodes.clean
  }
  const load = commands.get(name)
  if (load === undefined) {
    const hint = suggestion(name, [...commands.keys()], '')
    io.err(
      `spiffe-webhook: ${JSON.stringify(name)} is no command${hint}\nSee spiffe-webhook --help.\n`
    )
    return exitCodes.usage
  }
  return (await load()).run(rest, io)
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

/** A reader that went away, such as head, ends the program in silence. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? exitCodes.clean)
  throw error
}

const io: Io = {
  stdin: process.stdin,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  colours: process.stdout.isTTY === true && !process.env.NO_COLOR
}

process.stdout.on('error', ignoreClosedPipe)
process.stderr.on('error', ignoreClosedPipe)

try {
  process.exitCode = await main(process.argv.slice(2), io)
} catch (error) {
  const why = error instanceof Error ? error.message : String(error)
  io.err(`spiffe-webhook: ${why}\n`)
  if (process.env.DEBUG && error instanceof Error) io.err(`${error.stack}\n`)
  process.exitCode = exitCodes.fault
}
