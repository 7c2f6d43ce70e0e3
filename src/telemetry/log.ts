import { type DestinationStream, type Logger, pino } from 'pino'
import type { DecisionRecord } from '../admission/review.ts'
import type { Config } from '../config/config.ts'
import { type StandardOutput, standardOutput } from './standard-output.ts'

/** The log, with what must happen before the process ends. */
export interface Log {
  readonly logger: Logger
  /** Writes the one line of a decision: the record and the milliseconds it took, never env values or objects. */
  readonly decision: (endpoint: string, record: DecisionRecord, milliseconds: number) => void
  /** Lines that could not be written. */
  readonly lost: () => number
  /** Writes what is still buffered; to be called last. */
  readonly flush: () => void
}

/** Characters kept of a name: Kubernetes has none longer, and a hostile caller writes no megabytes into the log. */
const longestName = 512

const clip = (text: string): string =>
  text.length > longestName ? text.slice(0, longestName) : text

/** The line of a decision as it is written, field by field, since copies cost more; what comes from the request is bounded. */
const lineOf = (
  time: string,
  endpoint: string,
  record: DecisionRecord,
  milliseconds: number
): object => ({
  level: 'info',
  time,
  endpoint,
  uid: clip(record.uid),
  namespace: clip(record.namespace),
  name: clip(record.name),
  owner: clip(record.owner),
  kind: clip(record.kind),
  operation: clip(record.operation),
  dryRun: record.dryRun,
  decision: record.decision,
  reason: record.reason,
  operations: record.operations,
  milliseconds: Math.round(milliseconds * 1000) / 1000,
  msg: 'decision'
})

/** Now, as pino writes it. Thousands of lines share one second, whose text is made once. */
function makeClock(): () => string {
  let [second, text] = [0, '']
  return () => {
    const now = Date.now()
    const began = now - (now % 1000)
    if (began !== second) [second, text] = [began, new Date(began).toISOString().slice(0, -4)]
    return `${text}${String(now % 1000).padStart(3, '0')}Z`
  }
}

/** One JSON object a line on standard output, or on `stream`. */
export function makeLog(config: Config['log'], stream?: DestinationStream): Log {
  const destination: DestinationStream & Partial<StandardOutput> = stream ?? standardOutput()
  const options = {
    level: config.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) }
  }
  const logger = pino(options, destination)
  const clock = makeClock()
  const isEnabled = logger.isLevelEnabled('info')
  return {
    logger,
    // In pino's own form, into pino's own stream: one JSON.stringify takes a quarter of the time of logger.info.
    decision: (endpoint, record, milliseconds) => {
      if (!isEnabled) return
      destination.write(`${JSON.stringify(lineOf(clock(), endpoint, record, milliseconds))}\n`)
    },
    lost: destination.lost ?? (() => 0),
    flush: () => destination.flush?.()
  }
}
