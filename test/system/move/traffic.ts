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

/** Who signed the certificates of client and server, and the column that such requests are counted in. */
const columns = {
  'istiod > istiod': 'neither moved',
  'istiod > workload-api': 'server moved',
  'workload-api > istiod': 'client moved',
  'workload-api > workload-api': 'both moved'
} as const

const legend =
  'Requests answered are counted by who signed: istiod the certificates of the unmoved, the Workload API those of the moved.'

function showSteps(steps: readonly Step[]): string {
  const numbers = steps.map(({ requests, failed, unencrypted, pairs }) => [
    ...[requests, failed, unencrypted],
    ...Object.keys(columns).map((pair) => pairs[pair] ?? 0)
  ])
  const head = ['requests', 'failed', 'unencrypted', ...Object.values(columns)]
  const sums = head.map((_, index) => numbers.reduce((sum, row) => sum + (row[index] ?? 0), 0))
  const titles = ['step', ...steps.map(({ title }) => title), 'all']
  const width = Math.max(...titles.map(({ length }) => length))
  const lines = [head, ...numbers, sums].map((row, index) => {
    const cells = row.map((cell, column) => String(cell).padStart(head[column]?.length ?? 0))
    return [titles[index]?.padEnd(width), ...cells].join('  ')
  })
  return [...lines, legend].join('\n')
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
