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

/** JSON of what comes from the request, bounded. */
const quoted = (text: string): string =>
  JSON.stringify(text.length > longestName ? text.slice(0, longestName) : text)

/**
 * The line of a decision in pino's own form. Written field by field, as an object made only to be written costs as much
 * again; only what comes from the request can hold what JSON escapes.
 */
const lineOf = (
  time: string,
  endpoint: string,
  record: DecisionRecord,
  milliseconds: number
): string =>
  `{"level":"info","time":"${time}","endpoint":"${endpoint}","uid":${quoted(record.uid)}` +
  `,"namespace":${quoted(record.namespace)},"name":${quoted(record.name)}` +
  `,"owner":${quoted(record.owner)},"kind":${quoted(record.kind)}` +
  `,"operation":${quoted(record.operation)},"dryRun":${record.dryRun}` +
  `,"decision":"${record.decision}","reason":"${record.reason}"` +
  `,"operations":${record.operations}` +
  `,"milliseconds":${Math.round(milliseconds * 1000) / 1000},"msg":"decision"}\n`

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
    // Into pino's own stream: logger.info would take five times as long.
    decision: (endpoint, record, milliseconds) => {
      if (!isEnabled) return
      destination.write(lineOf(clock(), endpoint, record, milliseconds))
    },
    lost: destination.lost ?? (() => 0),
    flush: () => destination.flush?.()
  }
}
