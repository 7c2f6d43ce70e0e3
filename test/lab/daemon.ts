import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withParent } from './execute.ts'
import { isFree } from './ports.ts'
import { until } from './until.ts'

/** A long-running program of the cluster and how to tell that it is up. */
export interface DaemonOptions {
  readonly name: string
  readonly binary: string
  readonly args: readonly string[]
  readonly folder: string
  readonly logs: string
  readonly ports: readonly number[]
  readonly env?: NodeJS.ProcessEnv
  /** Where its output goes in place of its log, such as a device. */
  readonly output?: string
  readonly ready: () => Promise<boolean>
}

/** A program that can be started, stopped and started again on the same ports. */
export interface Daemon {
  readonly name: string
  readonly log: string
  readonly pid: () => number | undefined
  readonly start: () => Promise<void>
  readonly stop: (graceMs?: number) => Promise<void>
}

/** Writes options the way Go programs read them. */
export const flags = (
  options: Readonly<Record<string, string | number | boolean>>
): readonly string[] => Object.entries(options).map(([name, value]) => `--${name}=${value}`)

const running = (child: ChildProcess | undefined): child is ChildProcess =>
  child?.pid !== undefined && child.exitCode === null && child.signalCode === null

const launch = (options: DaemonOptions, log: string): ChildProcess => {
  const output = openSync(options.output ?? log, 'a')
  try {
    const [wrapper, ...rest] = withParent
    return spawn(wrapper, [...rest, options.binary, ...options.args], {
      cwd: options.folder,
      // Little is inherited: a proxy variable would send calls to webhooks astray.
      env: { PATH: process.env.PATH, HOME: options.folder, ...options.env },
      stdio: ['ignore', output, output],
      detached: true // a Ctrl-C in the terminal is for the harness, which stops in the right order
    })
  } finally {
    closeSync(output)
  }
}

const lastLines = (log: string): string =>
  existsSync(log) ? ending(log) : 'its output went elsewhere'

const ending = (log: string): string =>
  readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15).join('\n')

const portsFree = async (ports: readonly number[]): Promise<boolean> =>
  (await Promise.all(ports.map(isFree))).every(Boolean)

const end = async (child: ChildProcess, graceMs: number): Promise<void> => {
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const hammer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  child.kill('SIGTERM')
  await exited
  clearTimeout(hammer)
}

/** Describes a program; nothing runs before `start`. */
export const daemon = (options: DaemonOptions): Daemon => {
  const log = join(options.logs, `${options.name}.log`)
  let child: ChildProcess | undefined
  return {
    name: options.name,
    log,
    pid: () => (running(child) ? child.pid : undefined),
    start: async () => {
      await until(`free ports for ${options.name}`, () => portsFree(options.ports))
      child = launch(options, log)
      child.once('error', () => undefined)
      try {
        await until(`${options.name} being ready`, options.ready, {
          seconds: 60,
          everyMs: 50,
          giveUp: () => !running(child)
        })
      } catch (error) {
        throw new Error(`${options.name} did not start:\n${lastLines(log)}`, { cause: error })
      }
    },
    stop: async (graceMs = 5000) => {
      if (running(child)) await end(child, graceMs)
    }
  }
}
