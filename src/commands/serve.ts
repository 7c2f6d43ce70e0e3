import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { createAdmission } from '../admission/admission.ts'
import type { KeyPairSource } from '../certificates/key-pair.ts'
import { manage } from '../certificates/manage.ts'
import { watchFiles } from '../certificates/watch-files.ts'
import { certificateStore } from '../cluster/certificate-store.ts'
import { ownAccess } from '../cluster/own-access.ts'
import type { Config } from '../config/config.ts'
import { startServer } from '../server/server.ts'
import { type Log, makeLog } from '../telemetry/log.ts'
import { type Metrics, makeMetrics } from '../telemetry/metrics.ts'
import { type Command, defineCommand } from './command.ts'
import { exitCodes } from './io.ts'
import { programVersion } from './program-version.ts'

/** `spiffe-webhook serve`. */
export const serve: Command = defineCommand({
  name: 'serve',
  about: [
    'Runs the webhook until SIGTERM: /inject and /guard/… over TLS; /livez, /readyz and /metrics over plain HTTP.'
  ],
  flags: {
    config: { value: 'FILE', help: 'configuration (YAML or JSON); without it, every default' },
    'print-config': { help: 'print the whole configuration with its defaults, and exit' }
  },
  exits: '0 ended by a signal, 64 usage or configuration (before any port is bound), 70 fault',
  run: async ({ flags, config, io }) => {
    if (flags['print-config']) io.out(stringify(config, { lineWidth: 0 }))
    else await serveUntilSignal(config)
    return { code: exitCodes.clean }
  }
})

/** Answers when a signal has ended the server; throws for faults, with the log written and nothing left running. */
async function serveUntilSignal(config: Config): Promise<void> {
  const log = makeLog(config.log)
  // Also where the process ends by a fault or a second signal.
  process.once('exit', log.flush)
  const stopping = new AbortController()
  const signalled = firstSignal()
  void signalled.then(() => stopping.abort())
  try {
    log.logger.info({ config }, 'starting')
    const metrics = makeMetrics(config, programVersion())
    const keyPairs = await keyPairSource(config, log, metrics)
    try {
      await serveWith(keyPairs, { config, log, metrics, signal: stopping.signal, signalled })
    } finally {
      await stopWithin(keyPairs, patience)
    }
    log.logger.info('stopped')
  } catch (error) {
    // Signalled before there was a first certificate: nothing was served yet, so there is nothing to drain.
    if (!(error instanceof Error && error.name === 'AbortError')) throw error
    log.logger.info('stopped before the start was over')
  }
}

/** Milliseconds at the end for what is still open, such as a request to an API server that is gone. */
const patience = 1000

async function stopWithin(keyPairs: KeyPairSource, milliseconds: number): Promise<void> {
  const timer = new AbortController()
  const late = sleep(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined)
  await Promise.race([keyPairs.stop(), late])
  timer.abort()
  setTimeout(() => process.exit(), milliseconds).unref()
}

interface Run {
  readonly config: Config
  readonly log: Log
  readonly metrics: Metrics
  readonly signal: AbortSignal
  readonly signalled: Promise<NodeJS.Signals>
}

async function serveWith(keyPairs: KeyPairSource, run: Run): Promise<void> {
  const { config, log, metrics, signal } = run
  const admission = createAdmission(config)
  const deps = { admission, config: config.server, keyPairs, log, metrics, signal }
  const server = await startServer(deps)
  log.logger.info({ port: server.port, probesPort: server.probesPort }, 'listening')
  log.logger.info({ signal: await run.signalled }, 'draining')
  // A second signal is for the impatient: what is in flight is cut off.
  void firstSignal().then(() => process.exit(exitCodes.fault))
  await server.drain()
}

async function keyPairSource(
  config: Config,
  { logger }: Log,
  metrics: Metrics
): Promise<KeyPairSource> {
  const { mode, directory } = config.certificates
  if (mode !== 'selfSigned') {
    const warn = (message: string): void => {
      metrics.certificateFailed()
      logger.warn(message)
    }
    return watchFiles(directory, { warn })
  }
  return manage({
    store: certificateStore(config.certificates, await ownAccess()),
    config: config.certificates,
    info: (message) => logger.info(message),
    warn: (message) => logger.warn(message),
    counts: metrics
  })
}

function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
}
