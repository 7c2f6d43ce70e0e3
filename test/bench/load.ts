import autocannon from 'autocannon'
import { median } from './figure.ts'

/** What is sent again and again, over HTTP/1.1 connections that stay open. */
export interface Target {
  readonly name: string
  readonly url: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What one round of a target came to. */
export interface Round {
  readonly rate: number
  readonly p50: number
  readonly p99: number
}

/** The rounds of every target, by its name. */
export type Results = ReadonlyMap<string, readonly Round[]>

const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const seconds = Number(process.env.BENCH_SECONDS ?? 4)
const connections = 16

/** How the figures were taken. */
export const method: string = `${connections} connections, medians of ${rounds} rounds of ${seconds} s`

async function load({ name, url, body, headers }: Target, duration: number): Promise<Round> {
  const result = await autocannon({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    connections,
    duration,
    tlsOptions: { rejectUnauthorized: false }
  })
  const { non2xx, errors, latency } = result
  if (non2xx > 0 || errors > 0) throw new Error(`${name}: ${non2xx + errors} requests failed`)
  return { rate: result['2xx'] / result.duration, p50: latency.p50, p99: latency.p99 }
}

/**
 * Loads one target after the other, round by round, so that whatever else the machine does meets them all. Every other
 * round runs backwards: none always follows the same one.
 */
export async function inTurn(targets: readonly Target[]): Promise<Results> {
  // Until the compilers are done: a server in production has been running for a while.
  for (const target of targets) await load(target, 2 * seconds)
  const results = new Map<string, Round[]>(targets.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
      results.get(target.name)?.push(await load(target, seconds))
    }
  }
  return results
}

/** Rates of one target in those of another, each pair of the same round: the median. */
export const ratio = (results: Results, name: string, other: string): number =>
  median(
    (results.get(name) ?? []).map(
      ({ rate }, round) => rate / (results.get(other)?.[round]?.rate ?? Number.POSITIVE_INFINITY)
    )
  )

/** The line of a table: rate, p50 and p99, each the median. */
export const row = (name: string, rounds: readonly Round[]): string =>
  name.padEnd(32) +
  (['rate', 'p50', 'p99'] as const)
    .map((key) =>
      median(rounds.map((round) => round[key]))
        .toFixed(1)
        .padStart(9)
    )
    .join('')

/** What stands over these lines. */
export const heading = (rate: string): string =>
  `${''.padEnd(32)}${[rate, 'p50 ms', 'p99 ms'].map((title) => title.padStart(9)).join('')}`
