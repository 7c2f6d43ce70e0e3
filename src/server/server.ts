import { X509Certificate } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import type { Admission } from '../admission/review.ts'
import type { KeyPair, KeyPairSource } from '../certificates/key-pair.ts'
import type { ServerConfig } from '../config/config.ts'
import type { Log } from '../telemetry/log.ts'
import { makeMetrics } from '../telemetry/metrics.ts'
import { buildApp, secureOptions } from './app.ts'
import { buildProbes } from './probes.ts'

/** What a server needs. */
export interface ServerDeps {
  readonly admission: Admission
  readonly config: ServerConfig
  readonly keyPairs: KeyPairSource
  readonly log: Log
}

/** A running server: both ports, as they were bound. */
export interface RunningServer {
  readonly port: number
  readonly probesPort: number
  /** Not ready at once, then closed after the drain delay, with everything in flight finished. */
  readonly drain: () => Promise<void>
}

/** Milliseconds between looks for the first key pair. */
const pairInterval = 50

/**
 * Starts the probes, waits for the first key pair, then starts the webhooks. From then on every new pair is
 * used for new connections, and the old ones live on.
 */
export async function startServer(deps: ServerDeps): Promise<RunningServer> {
  const { config, keyPairs, log } = deps
  const metrics = makeMetrics()
  const state = { listening: false, draining: false }
  const notReady = (): readonly string[] => [
    ...(state.draining ? ['the server is shutting down'] : []),
    ...(state.listening ? [] : ['the server is not listening yet']),
    ...keyPairs.notReady()
  ]
  const probes = buildProbes({ registry: metrics.registry, notReady })
  await probes.listen({ host: config.host, port: config.probesPort })
  const keyPair = await firstPair(keyPairs)
  const app = buildApp({ ...deps, keyPair, metrics, draining: () => state.draining })
  metrics.serving(notAfter(keyPair))
  const stopFollowing = keyPairs.onChange((pair) => {
    useKeyPair(app, config, pair)
    metrics.serving(notAfter(pair))
    log.logger.info(
      { notAfter: new X509Certificate(pair.cert).validTo },
      'serving a new certificate'
    )
  })
  await app.listen({ host: config.host, port: config.port })
  state.listening = true
  return {
    port: portOf(app),
    probesPort: portOf(probes),
    drain: async () => {
      state.draining = true
      await sleep(config.drainDelay)
      await app.close()
      stopFollowing()
      await probes.close()
    }
  }
}

async function firstPair(source: KeyPairSource): Promise<KeyPair> {
  for (;;) {
    const pair = source.current()
    if (pair !== undefined) return pair
    await sleep(pairInterval)
  }
}

/** Node keeps open connections on the context they were made with. */
function useKeyPair(app: FastifyInstance, config: ServerConfig, pair: KeyPair): void {
  const server = app.server as unknown as Server
  server.setSecureContext(secureOptions(config, pair))
}

const notAfter = ({ cert }: KeyPair): number => Date.parse(new X509Certificate(cert).validTo) / 1000

function portOf(app: FastifyInstance): number {
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
