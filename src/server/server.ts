import { X509Certificate } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import type { Admission } from '../admission/review.ts'
import type { KeyPair, KeyPairSource } from '../certificates/key-pair.ts'
import type { ServerConfig } from '../config/config.ts'
import type { Log } from '../telemetry/log.ts'
import { type Metrics, makeMetrics } from '../telemetry/metrics.ts'
import { buildApp, secureOptions } from './app.ts'
import { buildProbes } from './probes.ts'

/** What a server needs. */
export interface ServerDeps {
  readonly admission: Admission
  readonly config: ServerConfig
  readonly keyPairs: KeyPairSource
  readonly log: Log
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

/**
 * Starts the probes, waits for the first key pair, then starts the webhooks. From then on every new pair is
 * used for new connections, and the old ones live on. Rejects with no port left open.
 */
export async function startServer(deps: ServerDeps): Promise<RunningServer> {
  const { config, keyPairs } = deps
  const metrics = makeMetrics()
  const state = { listening: false, draining: false }
  const notReady = (): readonly string[] => [
    ...(state.draining ? ['the server is shutting down'] : []),
    ...(state.listening ? [] : ['the server is not listening yet']),
    ...keyPairs.notReady()
  ]
  const probes = buildProbes({ config, registry: metrics.registry, notReady })
  try {
    await probes.listen({ host: config.host, port: config.probesPort })
    const keyPair = await firstPair(keyPairs, deps.signal)
    const app = buildApp({ ...deps, keyPair, metrics, draining: () => state.draining })
    metrics.serving(notAfter(keyPair))
    const stopFollowing = keyPairs.onChange((pair) => useKeyPair(app, deps, metrics, pair))
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
        await probes.close()
      }
    }
  } catch (error) {
    await probes.close()
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
  { config, log }: ServerDeps,
  metrics: Metrics,
  pair: KeyPair
): void {
  const server = app.server as unknown as Server
  try {
    server.setSecureContext(secureOptions(config, pair))
    metrics.serving(notAfter(pair))
    const { validTo } = new X509Certificate(pair.cert)
    log.logger.info({ notAfter: validTo }, 'serving a new certificate')
  } catch (error) {
    log.logger.error({ err: error }, 'the new certificate cannot be used: the old one stays')
  }
}

/** A closing Node server no longer looks for slow callers, so whoever is left is cut off here. */
async function closeWithin(app: FastifyInstance, milliseconds: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), milliseconds)
  await app.close()
  clearTimeout(timer)
}

const notAfter = ({ cert }: KeyPair): number => Date.parse(new X509Certificate(cert).validTo) / 1000

function portOf(app: FastifyInstance): number {
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
