import { check } from '../../src/commands/check.ts'
import type { Command } from '../../src/commands/command.ts'
import { inject } from '../../src/commands/inject.ts'
import { policy } from '../../src/commands/policy.ts'

const commands: Readonly<Record<string, Command>> = { inject, check, policy }

/** What a command said and how it ended. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command in this process with `input` on standard input. */
export async function run(
  name: string,
  args: readonly string[],
  input = '',
  colours = false
): Promise<Ran> {
  const said = { out: '', err: '' }
  const stdin = (async function* () {
    yield input
  })()
  const code = await (commands[name] as Command).run(args, {
    stdin,
    out: (text) => {
      said.out += text
    },
    err: (text) => {
      said.err += text
    },
    colours
  })
  return { code, ...said }
}
