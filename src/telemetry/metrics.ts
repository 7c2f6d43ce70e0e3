import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { DecisionRecord } from '../admission/review.ts'

/** Every metric of our own: the table that docs/reference/metrics.md is made from. */
export const metricTable = {
  spiffe_webhook_decisions_total: {
    type: 'counter',
    help: 'Admission decisions, by endpoint, decision and reason (docs/reference/codes.md).',
    labels: ['endpoint', 'decision', 'reason']
  },
  spiffe_webhook_request_duration_seconds: {
    type: 'histogram',
    help: 'Seconds from a parsed body to its decision, by endpoint.',
    labels: ['endpoint']
  },
  spiffe_webhook_rejected_requests_total: {
    type: 'counter',
    help: 'Requests without an AdmissionReview in answer, by HTTP status code.',
    labels: ['code']
  },
  spiffe_webhook_certificate_not_after_seconds: {
    type: 'gauge',
    help: 'Unix time at which the serving certificate expires.',
    labels: []
  }
} as const

/** Seconds; a decision takes a fraction of a millisecond, so the buckets start below. */
const buckets = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1]

/** What the server counts and measures. */
export interface Metrics {
  readonly registry: Registry
  readonly decided: (endpoint: string, record: DecisionRecord, seconds: number) => void
  readonly rejected: (code: number) => void
  /** `notAfter` is Unix time in seconds. */
  readonly serving: (notAfter: number) => void
}

/** The metrics of one endpoint, decision and reason: a closed set, so each is looked up once. */
interface Child {
  readonly count: () => void
  readonly observe: (seconds: number) => void
}

const describe = <N extends keyof typeof metricTable>(
  name: N,
  registry: Registry
): { name: N; help: string; labelNames: string[]; registers: Registry[] } => ({
  name,
  help: metricTable[name].help,
  labelNames: [...metricTable[name].labels],
  registers: [registry]
})

/** A registry of its own for one server, with the metrics of the process beside ours. */
export function makeMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const decisions = new Counter(describe('spiffe_webhook_decisions_total', registry))
  const durations = new Histogram({
    ...describe('spiffe_webhook_request_duration_seconds', registry),
    buckets
  })
  const rejected = new Counter(describe('spiffe_webhook_rejected_requests_total', registry))
  const notAfter = new Gauge(describe('spiffe_webhook_certificate_not_after_seconds', registry))
  const children = new Map<string, Child>()
  const childOf = (endpoint: string, { decision, reason }: DecisionRecord): Child => {
    const key = `${endpoint} ${decision} ${reason}`
    const known = children.get(key)
    if (known !== undefined) return known
    const counter = decisions.labels({ endpoint, decision, reason })
    const duration = durations.labels({ endpoint })
    const child = {
      count: () => counter.inc(),
      observe: (seconds: number) => duration.observe(seconds)
    }
    children.set(key, child)
    return child
  }
  return {
    registry,
    decided: (endpoint, record, seconds) => {
      const child = childOf(endpoint, record)
      child.count()
      child.observe(seconds)
    },
    rejected: (code) => rejected.inc({ code }),
    serving: (value) => notAfter.set(value)
  }
}
