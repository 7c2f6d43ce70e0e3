import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../lab/ports.ts'

/** Who signed the certificate of one end of a request. */
type Side = 'istiod' | 'workload-api'

interface Report {
  readonly name: string
  readonly client: Side
  readonly counts: readonly {
    readonly peer: string
    readonly server: Side | '-'
    readonly outcome: 'ok' | 'failed' | 'unencrypted'
    readonly count: number
  }[]
  readonly failures: readonly {
    readonly at: number
    readonly peer: string
    readonly why: string
  }[]
  /** Requests that have waited for more than a moment. */
  readonly slow: number
}

/** What the peers did while a step took. */
export interface Step {
  readonly title: string
  readonly requests: number
  readonly failed: number
  readonly unencrypted: number
  /** Requests answered, by who signed the client's and the server's certificate: `istiod > workload-api`. */
  readonly pairs: Readonly<Record<string, number>>
  /** Why requests failed, each client, peer and reason once, with how often, since when and for how long. */
  readonly why: readonly string[]
}

/** Counts the requests of the peers, step by step. */
export interface Traffic {
  /** Where peers send their reports. */
  readonly url: string
  readonly steps: readonly Step[]
  /** Does something under traffic: what came of the requests from its beginning to a while after its end. */
  readonly during: (title: string, something: () => Promise<unknown>) => Promise<Step>
  /** All steps as a table, for the output of a suite. */
  readonly table: () => string
  readonly stop: () => Promise<void>
}

/** What a step leaves behind shows within this time; requests that wait are waited for, up to their time-out. */
const [settleMs, patienceMs] = [4000, 25_000]

/** Listens on an address of this machine that pods reach. */
export async function collectTraffic(address: string): Promise<Traffic> {
  const port = await freePort()
  let reports: Report[] = []
  let lastSlow = 0
  const steps: Step[] = []
  const server = createServer((request, response) => {
    const take = (body: string): void => {
      const report = JSON.parse(body) as Report
      reports.push(report)
      if (report.slow > 0) lastSlow = Date.now()
      response.end()
    }
    text(request).then(take, () => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(port, address, resolve))
  return {
    url: `http://${address}:${port}/`,
    steps,
    during: async (title, something) => {
      await sleep(1000)
      reports = []
      await something()
      const end = Date.now()
      await sleep(settleMs)
      while (Date.now() - lastSlow < 2000 && Date.now() - end < patienceMs) await sleep(500)
      const step = summarise(title, reports)
      steps.push(step)
      return step
    },
    table: () => showSteps(steps),
    stop: () => close(server)
  }
}

function summarise(title: string, reports: readonly Report[]): Step {
  const pairs: Record<string, number> = {}
  let [requests, failed, unencrypted] = [0, 0, 0]
  for (const { client, counts } of reports) {
    for (const { server, outcome, count } of counts) {
      requests += count
      if (outcome === 'failed') failed += count
      if (outcome === 'unencrypted') unencrypted += count
      const pair = `${client} > ${server}`
      if (outcome !== 'failed') pairs[pair] = (pairs[pair] ?? 0) + count
    }
  }
  return { title, requests, failed, unencrypted, pairs, why: reasons(reports) }
}

function reasons(reports: readonly Report[]): readonly string[] {
  const found = new Map<string, number[]>()
  for (const { name, client, failures } of reports) {
    for (const { at, peer, why } of failures) {
      const key = `${name} (${client}) to ${peer}: ${why}`
      found.set(key, [...(found.get(key) ?? []), at])
    }
  }
  return [...found].map(([key, at]) => {
    const seconds = ((Math.max(...at) - Math.min(...at)) / 1000).toFixed(1)
    const first = new Date(Math.min(...at)).toISOString().slice(11, 23)
    return `${at.length} from ${first} within ${seconds} s: ${key}`
  })
}

const columns = [
  'istiod > istiod',
  'istiod > workload-api',
  'workload-api > istiod',
  'workload-api > workload-api'
] as const

function showSteps(steps: readonly Step[]): string {
  const head = ['step', 'requests', 'failed', 'unencrypted', ...columns]
  const rows = steps.map(({ title, requests, failed, unencrypted, pairs }) => [
    title,
    ...[requests, failed, unencrypted, ...columns.map((pair) => pairs[pair] ?? 0)].map(String)
  ])
  const widths = head.map((_, index) =>
    Math.max(...[head, ...rows].map((row) => row[index]?.length ?? 0))
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) =>
        index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)
      )
      .join('  ')
  return [head, ...rows].map(line).join('\n')
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
