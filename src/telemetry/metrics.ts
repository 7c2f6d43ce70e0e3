import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'
import { endpoints, pathOf } from '../admission/endpoints.ts'
import type { DecisionRecord } from '../admission/review.ts'
import type { Config } from '../config/config.ts'
import { hashOf } from './config-hash.ts'
import { type Histogram, histogram, type Sample } from './histogram.ts'
import { type MetricName, metricTable } from './metric-table.ts'
import { configurations, decisionSeries, rejectionCodes } from './series.ts'

/** What a server says of itself at each scrape. */
export interface Gauges {
  readonly ready: boolean
  readonly inFlight: number
  readonly connections: number
  /** Lines of the log that could not be written. */
  readonly lostLines: number
}

/** The time in which a certificate is valid, in milliseconds since the epoch. */
export interface Validity {
  readonly notBefore: number
  readonly notAfter: number
}

/** What the server counts and measures. Counting adds to plain numbers; text is made at a scrape. */
export interface Metrics {
  readonly registry: Registry
  /** One review was decided. */
  readonly decided: (endpoint: string, record: Pick<DecisionRecord, 'decision' | 'reason'>) => void
  /** The last byte of one review's answer was sent. `url` is the request's: API servers add `?timeout=…` to a path. */
  readonly answered: (url: string, seconds: number, bodyBytes: number) => void
  readonly rejected: (code: number) => void
  readonly connectionRefused: () => void
  /** A certificate is served from now on; each after the first is a rotation. */
  readonly serving: (validity: Validity) => void
  /** A certificate could not be read, made, written or used. */
  readonly certificateFailed: () => void
  /** A caBundle was repaired: `configuration` opens with its kind. */
  readonly caBundleRepaired: (configuration: string) => void
  /** Who is asked at each scrape. */
  readonly watch: (read: () => Gauges) => void
}

/** Metrics of prom-client that break Prometheus' own rules for names: a gauge does not end in _total. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total'
]

/**
 * Made of a timer that would wake an idle server a hundred times in a second, most of what it takes then;
 * nodejs_eventloop_lag_seconds, measured at each scrape, tells the same.
 */
const sampled = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'].map(
  (part) => `nodejs_eventloop_lag_${part}_seconds`
)

/** Milliseconds between two ticks of that timer, which cannot be left out: a day. */
const never = 86_400_000

/** Seconds; a review takes about a millisecond, so the buckets start below. The server's timeout is the highest. */
const durations = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Bytes: a review of an ordinary pod has about 9 KiB. The server's limit is the highest. */
const sizes = [4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304]

const upTo = (bounds: readonly number[], highest: number): readonly number[] => [
  ...bounds.filter((bound) => bound < highest),
  highest
]

/** A registry of its own for one server, with the metrics of the process beside ours. */
export function makeMetrics(config: Config, version: string): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: never })
  for (const name of [...misnamed, ...sampled]) registry.removeSingleMetric(name)
  const expose = (name: MetricName, read: () => readonly Sample[]): void =>
    register(registry, name, read)
  let gauges = (): Gauges => ({ ready: false, inFlight: 0, connections: 0, lostLines: 0 })
  const single = (name: MetricName, read: () => number): void =>
    expose(name, () => [{ labels: {}, value: read() }])
  const gauge = (name: MetricName, read: (now: Gauges) => number): void =>
    single(name, () => read(gauges()))

  gauge('spiffe_webhook_requests_in_flight', ({ inFlight }) => inFlight)
  gauge('spiffe_webhook_connections', ({ connections }) => connections)
  gauge('spiffe_webhook_ready', ({ ready }) => Number(ready))
  gauge('spiffe_webhook_log_lines_lost_total', ({ lostLines }) => lostLines)
  expose('spiffe_webhook_build_info', () => [{ labels: { version }, value: 1 }])
  const hash = hashOf(config)
  expose('spiffe_webhook_config_info', () => [{ labels: { hash }, value: 1 }])
  return {
    registry,
    decided: countDecisions(expose),
    answered: measureAnswers(expose, config.server),
    rejected: countBy(expose, 'spiffe_webhook_rejected_requests_total', 'code', rejectionCodes),
    connectionRefused: count(single, 'spiffe_webhook_refused_connections_total'),
    ...certificateMetrics(expose, single),
    watch: (read) => {
      gauges = read
    }
  }
}

type Expose = (name: MetricName, read: () => readonly Sample[]) => void
type Single = (name: MetricName, read: () => number) => void

/** prom-client asks a metric for its name and, at a scrape, for its samples (its lib/registry.js). */
function register(registry: Registry, name: MetricName, read: () => readonly Sample[]): void {
  const { help, type } = metricTable[name]
  const get = async (): Promise<object> => ({ name, help, type, aggregator: 'sum', values: read() })
  registry.registerMetric({ name, get } as unknown as Metric)
}

function count(single: Single, name: MetricName): () => void {
  let value = 0
  single(name, () => value)
  return () => {
    value++
  }
}

/** Counts by one label. A value outside of the list is counted too: losing it would be worse than a new series. */
function countBy<V extends string | number>(
  expose: Expose,
  name: MetricName,
  label: string,
  values: readonly V[]
): (value: V | number) => void {
  const counts = new Map<string | number, number>(values.map((value) => [value, 0]))
  expose(name, () =>
    [...counts].map(([value, count]) => ({ labels: { [label]: value }, value: count }))
  )
  return (value) => {
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
}

interface Counted {
  readonly labels: Readonly<Record<string, string>>
  value: number
}

function countDecisions(expose: Expose): Metrics['decided'] {
  const counted: Counted[] = []
  // By words that are there already: a key made of the three would cost more than all the counting.
  const found = new Map<string, Map<string, Map<string, Counted>>>()
  const at = (endpoint: string, decision: string, reason: string): Counted => {
    const known = found.get(endpoint)?.get(decision)?.get(reason)
    if (known !== undefined) return known
    const fresh = { labels: { endpoint, decision, reason }, value: 0 }
    counted.push(fresh)
    const ofEndpoint = found.get(endpoint) ?? new Map<string, Map<string, Counted>>()
    const ofDecision = ofEndpoint.get(decision) ?? new Map<string, Counted>()
    found.set(endpoint, ofEndpoint.set(decision, ofDecision.set(reason, fresh)))
    return fresh
  }
  for (const series of decisionSeries) at(...series)
  expose('spiffe_webhook_decisions_total', () => counted)
  return (endpoint, { decision, reason }) => {
    at(endpoint, decision, reason).value++
  }
}

function measureAnswers(
  expose: Expose,
  { requestTimeout, bodyLimit }: Config['server']
): Metrics['answered'] {
  const perEndpoint = (name: MetricName, bounds: readonly number[]): Map<string, Histogram> => {
    const all = new Map(
      Object.keys(endpoints).map((endpoint) => [endpoint, histogram(name, bounds, { endpoint })])
    )
    expose(name, () => [...all.values()].flatMap(({ samples }) => samples()))
    return all
  }
  const seconds = perEndpoint(
    'spiffe_webhook_request_duration_seconds',
    upTo(durations, requestTimeout / 1000)
  )
  const bytes = perEndpoint('spiffe_webhook_request_body_bytes', upTo(sizes, bodyLimit))
  return (url, took, size) => {
    const endpoint = pathOf(url)
    seconds.get(endpoint)?.observe(took)
    bytes.get(endpoint)?.observe(size)
  }
}

function certificateMetrics(
  expose: Expose,
  single: Single
): Pick<Metrics, 'serving' | 'certificateFailed' | 'caBundleRepaired'> {
  let served: Validity | undefined
  const end = (name: MetricName, of: (validity: Validity) => number): void =>
    // Without a certificate there is no time to show, and 0 would be an alert.
    expose(name, () => (served === undefined ? [] : [{ labels: {}, value: of(served) / 1000 }]))
  end('spiffe_webhook_certificate_not_before_timestamp_seconds', ({ notBefore }) => notBefore)
  end('spiffe_webhook_certificate_not_after_timestamp_seconds', ({ notAfter }) => notAfter)
  const rotated = count(single, 'spiffe_webhook_certificate_rotations_total')
  const repaired = countBy(
    expose,
    'spiffe_webhook_ca_bundle_repairs_total',
    'configuration',
    configurations
  )
  return {
    serving: (validity) => {
      if (served !== undefined) rotated()
      served = validity
    },
    certificateFailed: count(single, 'spiffe_webhook_certificate_failures_total'),
    caBundleRepaired: (configuration) =>
      repaired(configuration.startsWith('mutating') ? 'mutating' : 'validating')
  }
}
