import { exitCodes, type Io } from './commands/io.ts'
import { program } from './commands/program.ts'
import { wantsColours } from './terminal/paint.ts'

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
  process.exitCode = await program(process.argv.slice(2), io)
  // Whoever pressed tab waits for no program that gets credentials, and for no answer that does not end.
  if (process.argv[2] === '__complete') process.exit()
} catch (error) {
  fault(error)
}
