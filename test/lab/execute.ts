import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/** What a finished command said and how it ended. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** How to run a command; a code other than 0 rejects unless `allowFailure` is set. */
export interface ExecuteOptions {
  readonly input?: string
  readonly folder?: string
  readonly env?: NodeJS.ProcessEnv
  readonly allowFailure?: boolean
}

/** Prefix of every process started here: the kernel kills it when this process ends, even by SIGKILL. */
export const withParent = ['setpriv', '--pdeathsig', 'KILL', '--'] as const

/** Runs a command to its end and returns its output. */
export const execute = async (
  command: string,
  args: readonly string[],
  options: ExecuteOptions = {}
): Promise<Outcome> => {
  const [wrapper, ...rest] = withParent
  const child = spawn(wrapper, [...rest, command, ...args], {
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
    ...(options.env === undefined ? {} : { env: options.env }),
    stdio: ['pipe', 'pipe', 'pipe']
  })
  const code = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve(status ?? 1))
  })
  child.stdin.on('error', () => undefined) // a command that does not read its input
  child.stdin.end(options.input ?? '')
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), code])
  if (status !== 0 && options.allowFailure !== true) {
    throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr.trim()}`, {
      cause: { code: status, stdout, stderr }
    })
  }
  return { code: status, stdout, stderr }
}
