import type { Command } from '../../src/commands/command.ts'

/** What a command left behind. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command in this process, its standard input the given text, its streams caught. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  { stdin = '', colours = false }: { readonly stdin?: string; readonly colours?: boolean } = {}
): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const code = await command.run(args, {
    stdin: (async function* () {
      yield stdin
    })(),
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    colours
  })
  return { code, out: out.join(''), err: err.join('') }
}
