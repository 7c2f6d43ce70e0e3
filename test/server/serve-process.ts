import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { makePair } from './serving.ts'

const program = join(import.meta.dirname, '../../src/main.ts')

/** `spiffe-webhook serve` as a process of its own. */
export interface ServeProcess {
  readonly child: ChildProcess
  /** Every line of its log so far, and every other line as `{ text }`. */
  readonly lines: readonly Record<string, unknown>[]
  /** What it wrote to standard error. */
  readonly errors: () => string
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
  /** Waits for the log line with this message. */
  readonly said: (msg: string) => Promise<Record<string, unknown>>
}

/** Starts it with this configuration file; the test's end is its end too. */
export function startProcess(
  t: Test,
  config: object,
  env: Readonly<Record<string, string>> = {}
): ServeProcess {
  const file = join(freshFolder(t), 'config.json')
  writeFileSync(file, JSON.stringify(config))
  const child = spawn(process.execPath, [program, 'serve', '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env }
  })
  const lines: Record<string, unknown>[] = []
  let rest = ''
  child.stdout.on('data', (data: Buffer) => {
    const parts = `${rest}${data.toString()}`.split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) lines.push(part.startsWith('{') ? JSON.parse(part) : { text: part })
  })
  let errors = ''
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString()
  })
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? ''))
  )
  t.teardown(() => child.kill('SIGKILL'))
  return {
    child,
    lines,
    errors: () => errors,
    ended,
    said: (msg) => said(lines, msg, () => errors)
  }
}

async function said(
  lines: readonly Record<string, unknown>[],
  wanted: string,
  errors: () => string
): Promise<Record<string, unknown>> {
  for (let tries = 0; tries < 1000; tries++) {
    const line = lines.find(({ msg }) => msg === wanted)
    if (line !== undefined) return line
    await sleep(20)
  }
  throw new Error(`"${wanted}" was not said: ${JSON.stringify(lines)} ${errors()}`)
}

/** A folder of the test's own beside its testdir, of which there can only be one. */
export function freshFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'spiffe-webhook-test-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A fresh folder with a serving pair of the test's CA. */
export async function pairFolder(t: Test): Promise<string> {
  const directory = freshFolder(t)
  await writePair(directory)
  return directory
}

/** Puts another pair of the test's CA there. */
export async function writePair(directory: string): Promise<void> {
  const pair = await makePair()
  writeFileSync(join(directory, 'tls.crt'), pair.cert)
  writeFileSync(join(directory, 'tls.key'), pair.key)
}
