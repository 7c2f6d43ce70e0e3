import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { buildTools } from '../lab/build-tools.ts'
import { tool } from '../lab/toolchain.ts'

/** What Go makes of a text as a mount: its fields are never absent there, only empty. */
export interface GoMount {
  readonly source: string
  readonly destination: string
  readonly type: string
  readonly options: readonly string[] | null
}

/** What Go's readers make of a text, each null where it fails. */
export interface GoAnswer {
  /** As NRI's plugin reads a list of mounts, and as another library does. */
  readonly mounts: readonly GoMount[] | null
  readonly other: readonly GoMount[] | null
  /** As kubectl reads a manifest. */
  readonly value: unknown
}

/** Has Go read texts, the program built where it must be. */
export async function readInGo(texts: readonly string[]): Promise<readonly GoAnswer[]> {
  await buildTools(['nri-reader/nri-reader'], () => undefined)
  const reader = spawn(tool('nri-reader/nri-reader').binary, { stdio: ['pipe', 'pipe', 'inherit'] })
  reader.stdin.end(texts.map((line) => JSON.stringify(line)).join('\n'))
  const answers = await text(reader.stdout)
  return answers
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}
