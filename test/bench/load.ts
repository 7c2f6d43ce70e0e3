import { buildTools } from '../lab/build-tools.ts'
import { execute } from '../lab/execute.ts'
import { tool } from '../lab/toolchain.ts'
import { median } from './figure.ts'

/** What is sent again and again, over HTTP/1.1 connections that stay open. */
export interface Target {
  readonly name: string
  readonly url: string
  /** The file that is sent. */
  readonly bodyFile: string
  /** 16 where absent. */
  readonly connections?: number
  /** Requests that begin in each second; absent: as many as are answered. */
  readonly rate?: number
  /** One more header. */
  readonly header?: string
  /** The status code of an answer; 200 where absent. */
  readonly code?: number
  /** Milliseconds of CPU time that the server has taken so far, user and system. */
  readonly cpu?: () => number
}

/** What one round of a target came to; times in milliseconds. */
export interface Round {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  /** Microseconds of the server's CPU time for each request. */
  readonly cpu: number
}

/** The rounds of every target, by its name. */
export type Results = ReadonlyMap<string, readonly Round[]>

const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const seconds = Number(process.env.BENCH_SECONDS ?? 3)

/** How the figures were taken. */
export const method: string = `medians of ${rounds} rounds of ${seconds} s`

/** What the load generator prints (test/lab/tools/load). */
interface Printed {
  readonly requests: number
  readonly failed: number
  readonly why?: string
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/** Loads one target for so many seconds. */
export async function load(target: Target, duration: number): Promise<Round> {
  const { name, url, bodyFile, connections = 16, rate = 0, header = '', code = 200 } = target
  const options = { url, body: bodyFile, connections, rate, header, code, duration: `${duration}s` }
  const args = Object.entries(options).map(([key, value]) => `-${key}=${value}`)
  const before = target.cpu?.() ?? 0
  const { stdout } = await execute(tool('load/load').binary, args)
  const took = (target.cpu?.() ?? 0) - before
  const { failed, why, requests, p50, p99, p999, ...printed }: Printed = JSON.parse(stdout)
  if (failed > 0) throw new Error(`${name}: ${failed} connections failed: ${why}`)
  return { rate: requests / printed.seconds, p50, p99, p999, cpu: (took * 1000) / requests }
}

const build = (): Promise<void> =>
  buildTools(['load/load'], (line) => process.stderr.write(`${line}\n`))

/** Reviews after which V8 compiles next to nothing any more, by the time that its threads take. */
export const warmUp = 40_000

/** Sends at least so many reviews. */
export async function warm(target: Target, reviews: number): Promise<void> {
  await build()
  for (let sent = 0; sent < reviews; ) {
    sent += (await load({ ...target, rate: 0, connections: 16 }, 1)).rate // of one second
  }
}

/**
 * Loads one target after the other, round by round, so that whatever else the machine does meets them all. Every other
 * round runs backwards: none always follows the same one. Each server has answered `before` requests then.
 */
export async function inTurn(targets: readonly Target[], before = 0): Promise<Results> {
  await build()
  for (const target of targets) await load({ ...target, rate: 0 }, 2 * seconds)
  // Until the compilers are done: a server in production has been running for a while.
  const servers = new Map(targets.map((target) => [target.url, target]))
  for (const target of servers.values()) await warm(target, before)
  const results = new Map<string, Round[]>(targets.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
      results.get(target.name)?.push(await load(target, seconds))
    }
  }
  return results
}

/** One column of a target in that of another, each pair of the same round: the median. */
export const ratio = (
  results: Results,
  name: string,
  other: string,
  column: keyof Round = 'rate'
): number =>
  median(
    (results.get(name) ?? []).map(
      (round, index) => round[column] / (results.get(other)?.[index]?.[column] ?? Number.NaN)
    )
  )

const columns = { cpu: 'CPU us', p50: 'p50 ms', p99: 'p99 ms', p999: 'p99.9 ms' } as const

/** The line of a table: each column the median. */
export function row(name: string, rounds: readonly Round[]): string {
  const middle = (key: keyof Round): number => median(rounds.map((round) => round[key]))
  const cells = [
    middle('rate').toFixed(0),
    ...(Object.keys(columns) as (keyof typeof columns)[]).map((key) => middle(key).toFixed(1))
  ]
  return name.padEnd(36) + cells.map((cell) => cell.padStart(9)).join('')
}

/** What stands over these lines. */
export const heading = (rate: string): string =>
  ''.padEnd(36) + [rate, ...Object.values(columns)].map((title) => title.padStart(9)).join('')
