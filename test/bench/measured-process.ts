import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

/** What a process took, and what it wrote to standard output. */
export interface MeasuredProcess {
  readonly cpuSeconds: number
  readonly peakMiB: number
  readonly output: string
  readonly code: number | null
}

/** What a process is given: pieces of its standard input, and variables beside the machine's. */
export interface Given {
  readonly input?: Iterable<string>
  readonly env?: NodeJS.ProcessEnv
}

const userHertz = 100

/** Runs a program to its end, and reads its CPU time and its peak memory from /proc. */
export async function measure(
  program: string,
  args: readonly string[],
  { input = [], env = {} }: Given = {}
): Promise<MeasuredProcess> {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env }
  })
  let [cpuSeconds, peakMiB] = [0, 0]
  const watch = setInterval(() => {
    try {
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      cpuSeconds = (Number(stat[11]) + Number(stat[12])) / userHertz
      const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
      if (peak !== undefined) peakMiB = Number(peak) / 1024
    } catch {
      // It has ended.
    }
  }, 20)
  const output: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
  for (const piece of input) if (!child.stdin.write(piece)) await once(child.stdin, 'drain')
  child.stdin.end()
  const [code] = await once(child, 'close')
  clearInterval(watch)
  return { cpuSeconds, peakMiB, output: output.join(''), code }
}
