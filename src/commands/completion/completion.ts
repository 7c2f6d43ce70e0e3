import type { Command } from '../command.ts'
import { suggestion } from '../flags.ts'
import { exitCodes } from '../io.ts'
import { scripts } from './scripts.ts'

const shells = Object.keys(scripts)

const help = `Usage: spiffe-webhook completion ${shells.join('|')}

Prints the script that completes commands, flags and their values.

  bash       source <(spiffe-webhook completion bash)
  zsh        source <(spiffe-webhook completion zsh)
  fish       spiffe-webhook completion fish | source
  kubectl    as kubectl_complete-spiffe_webhook, executable, beside kubectl-spiffe_webhook in a directory of $PATH

Exit code: 0 done, 64 usage, 70 fault.
`

/** `spiffe-webhook completion`. */
export const completion: Command = {
  flags: {},
  shells,
  help,
  run: async ([shell, ...more], io) => {
    if (shell === '--help' || shell === '-h') {
      io.out(help)
      return exitCodes.clean
    }
    const script = shell === undefined ? undefined : scripts[shell]
    if (script !== undefined && more.length === 0) {
      io.out(script)
      return exitCodes.clean
    }
    const what =
      shell === undefined
        ? `name a shell: ${shells.join(', ')}`
        : `${JSON.stringify([shell, ...more].join(' '))}: must be one of ${shells.join(', ')}${suggestion(shell, shells)}`
    io.err(`spiffe-webhook completion: ${what}\nSee spiffe-webhook completion --help.\n`)
    return exitCodes.usage
  }
}
