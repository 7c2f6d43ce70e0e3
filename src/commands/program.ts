import type { Command } from './command.ts'
import { suggestion } from './flags.ts'
import { exitCodes, type Io } from './io.ts'
import { programVersion } from './program-version.ts'

interface Entry {
  /** One line of the list of commands. */
  readonly summary: string
  /** Loads the command when it is asked for: the list needs none, and check starts without the Kubernetes client. */
  readonly load: () => Promise<Command>
}

const commands: ReadonlyMap<string, Entry> = new Map([
  ['serve', { summary: 'run the webhook', load: async () => (await import('./serve.ts')).serve }],
  [
    'inject',
    {
      summary: 'move the pods of manifests onto the Workload API',
      load: async () => (await import('./inject/inject.ts')).inject
    }
  ],
  [
    'check',
    {
      summary: 'find host paths in manifests that reach the socket',
      load: async () => (await import('./check/check.ts')).check
    }
  ],
  [
    'verify',
    {
      summary: 'check a live cluster: is every labelled pod on the Workload API?',
      load: async () => (await import('./verify/verify.ts')).verify
    }
  ],
  [
    'plan',
    {
      summary: 'say what a label, a wider scope, a new configuration or an upgrade would do',
      load: async () => (await import('./plan/plan.ts')).plan
    }
  ],
  [
    'policy',
    {
      summary: 'print the guard as a ValidatingAdmissionPolicy',
      load: async () => (await import('./policy.ts')).policy
    }
  ],
  [
    'demo',
    {
      summary: 'show what the webhook does, with recorded reviews',
      load: async () => (await import('./demo/demo.ts')).demo
    }
  ]
])

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
  const lines = [...commands].map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  return `Usage: spiffe-webhook COMMAND [flags]

Moves Istio's sidecars onto the SPIFFE Workload API, and keeps pods off the node's raw socket.

${lines.join('\n')}

Each command has its own --help; --version prints the version.
`
}
