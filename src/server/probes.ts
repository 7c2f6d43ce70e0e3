import { type FastifyInstance, fastify } from 'fastify'
import type { Registry } from 'prom-client'
import type { ServerConfig } from '../config/config.ts'
import { shareConnections } from './connections.ts'

/** What the probes tell. */
export interface ProbesDeps {
  readonly config: Pick<ServerConfig, 'requestTimeout' | 'maxConnections'>
  readonly registry: Registry
  /** One sentence for each thing that is missing; empty means ready. */
  readonly notReady: () => readonly string[]
}

/** /livez, /readyz and /metrics over plain HTTP, on a port of their own: no secret is in any of them. */
export function buildProbes({ config, registry, notReady }: ProbesDeps): FastifyInstance {
  const { requestTimeout, maxConnections } = config
  const app = fastify({
    // A slow caller of the probes holds nobody up, and each look for one wakes an idle server.
    http: { connectionsCheckingInterval: requestTimeout },
    requestTimeout,
    keepAliveTimeout: requestTimeout,
    connectionTimeout: requestTimeout,
    return503OnClosing: false
  })
  app.server.headersTimeout = requestTimeout
  shareConnections(app.server, maxConnections)
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'))
  app.get('/readyz', (_request, reply) => {
    const reasons = notReady()
    const text =
      reasons.length === 0 ? 'ok\n' : reasons.map((reason) => `not ready: ${reason}\n`).join('')
    return reply
      .code(reasons.length === 0 ? 200 : 503)
      .type('text/plain')
      .send(text)
  })
  app.get('/metrics', async (_request, reply) => {
    const text = await registry.metrics()
    return reply.type(registry.contentType).send(text)
  })
  return app
}
