import { type FastifyInstance, fastify } from 'fastify'
import type { Registry } from 'prom-client'

/** What the probes tell. */
export interface ProbesDeps {
  readonly registry: Registry
  /** One sentence for each thing that is missing; empty means ready. */
  readonly notReady: () => readonly string[]
}

/** /livez, /readyz and /metrics over plain HTTP, on a port of their own: no secret is in any of them. */
export function buildProbes({ registry, notReady }: ProbesDeps): FastifyInstance {
  const app = fastify({ requestTimeout: 4000, keepAliveTimeout: 4000, connectionTimeout: 4000 })
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
