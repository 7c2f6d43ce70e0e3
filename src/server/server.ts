import { X509Certificate } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import type { Admission } from '../admission/review.ts'
import type { KeyPair, KeyPairSource } from '../certificates/key-pair.ts'
import type { ServerConfig } from '../config/config.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { buildApp } from './app.ts'
import { buildProbes } from './probes.ts'
import { readClientCa, secureOptions } from './tls.ts'

/** What a server needs. */
export interface ServerDeps {
  readonly admission: Admission
  readonly config: ServerConfig
  readonly keyPairs: KeyPairSource
  readonly log: Log
  readonly metrics: Metrics
  /** Aborted, a start that still waits for its first key pair rejects. */
  readonly signal?: AbortSignal
}

/** A running server: both ports, as they were bound. */
export interface RunningServer {
  readonly port: number
  readonly probesPort: number
  /**
   * Not ready at once, served for `drainDelay` more, then closed with everything in flight finished; a caller who
   * does not finish is cut off after `requestTimeout`.
   */
  readonly drain: () => Promise<void>
}

/** Milliseconds between looks for the first key pair. */
const pairInterval = 50

/** How far a server has come. */
interface State {
  listening: boolean
  draining: boolean
  /** Milliseconds since the epoch. */
  notAfter: number
}

const missing = ({ listening, draining, notAfter }: State): readonly string[] => [
  ...(draining ? ['the server is shutting down'] : []),
  ...(listening ? [] : ['the server is not listening yet']),
  ...(notAfter > Date.now() ? [] : ['the serving certificate has expired'])
]

/** Milliseconds at the end for whoever still asks a probe. */
const probesPatience = 500

/**
 * Starts the probes, waits for the first key pair, then starts the webhooks. From then on every new pair is
 * used for new connections, and the old ones live on. Rejects with no port left open.
 */
export async function startServer(deps: ServerDeps): Promise<RunningServer> {
  const { config, keyPairs, metrics } = deps
  if (config.clientCa !== undefined) readClientCa(config.clientCa)
  const state: State = { listening: false, draining: false, notAfter: Number.POSITIVE_INFINITY }
  const serving = (pair: KeyPair): void => {
    const { validFromDate, validToDate } = new X509Certificate(pair.cert)
    state.notAfter = validToDate.getTime()
    metrics.serving({ notBefore: validFromDate.getTime(), notAfter: state.notAfter })
  }
  const notReady = (): readonly string[] => [...missing(state), ...keyPairs.notReady()]
  const probes = buildProbes({ config, registry: metrics.registry, notReady })
  try {
    await probes.listen({ host: config.host, port: config.probesPort })
    const keyPair = await firstPair(keyPairs, deps.signal)
    const { app, connections } = buildApp({ ...deps, keyPair, draining: () => state.draining })
    metrics.watch(() => ({
      ready: notReady().length === 0,
      connections: connections.open(),
      inFlight: connections.inFlight(),
      lostLines: deps.log.lost()
    }))
    serving(keyPair)
    const stopFollowing = keyPairs.onChange((pair) => useKeyPair(app, deps, serving, pair))
    await app.listen({ host: config.host, port: config.port })
    state.listening = true
    return {
      port: portOf(app),
      probesPort: portOf(probes),
      drain: async () => {
        state.draining = true
        await sleep(config.drainDelay)
        await closeWithin(app, config.requestTimeout)
        stopFollowing()
        await closeWithin(probes, probesPatience)
      }
    }
  } catch (error) {
    await closeWithin(probes, probesPatience)
    throw error
  }
}

async function firstPair(source: KeyPairSource, signal?: AbortSignal): Promise<KeyPair> {
  for (;;) {
    const pair = source.current()
    if (pair !== undefined) return pair
    await sleep(pairInterval, undefined, signal === undefined ? {} : { signal })
  }
}

/** Node keeps open connections on the context they were made with. A pair that OpenSSL refuses changes nothing. */
function useKeyPair(
  app: FastifyInstance,
  { config, log, metrics }: ServerDeps,
  serving: (pair: KeyPair) => void,
  pair: KeyPair
): void {
  const server = app.server as unknown as Server
  try {
    server.setSecureContext(secureOptions(config, pair))
    serving(pair)
    const { validTo } = new X509Certificate(pair.cert)
    log.logger.info({ notAfter: validTo }, 'serving a new certificate')
  } catch (error) {
    metrics.certificateFailed()
    log.logger.error({ err: error }, 'the new certificate cannot be used: the old one stays')
  }
}

/** A closing Node server no longer looks for slow callers, so whoever is left is cut off here. */
async function closeWithin(app: FastifyInstance, milliseconds: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), milliseconds)
  await app.close()
  clearTimeout(timer)
}

function portOf(app: FastifyInstance): number {
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
