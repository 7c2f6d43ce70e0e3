import { type DestinationStream, type Logger, pino } from 'pino'
import type { DecisionRecord } from '../admission/review.ts'
import type { Config } from '../config/config.ts'

/** The log, with what must happen before the process ends. */
export interface Log {
  readonly logger: Logger
  /** Writes what is still buffered; to be called last. */
  readonly flush: () => void
}

/** Bytes gathered before a write: one system call for some twenty decisions under load. */
const bufferSize = 4096

/** Milliseconds after which a quiet server writes what it has. */
const flushInterval = 200

/** One JSON object a line on standard output, or on `stream`. */
export function makeLog(config: Config['log'], stream?: DestinationStream): Log {
  const options = {
    level: config.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) }
  }
  if (stream !== undefined) return { logger: pino(options, stream), flush: () => undefined }
  const destination = pino.destination({
    dest: 1,
    sync: false,
    minLength: bufferSize,
    periodicFlush: flushInterval
  })
  return {
    logger: pino(options, destination),
    flush: () => destination.flushSync()
  }
}

/** Writes the one line of a decision: the record and the milliseconds it took, never env values or objects. */
export function logDecision(
  logger: Logger,
  endpoint: string,
  record: DecisionRecord,
  milliseconds: number
): void {
  logger.info(
    { endpoint, ...record, milliseconds: Math.round(milliseconds * 1000) / 1000 },
    'decision'
  )
}
