import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Server } from 'node:tls'
import type { Gauges, Metrics } from '../telemetry/metrics.ts'

/** Node's own answers to what is no request (node lib/_http_server.js, socketOnError). */
const clientErrors: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431
}

/**
 * Measures what goes on at the webhooks' port; answers what is open now. A review counts from the end of its headers,
 * the first that Node tells of a request, to the last byte of its answer; a caller who left before is not counted.
 */
export function measure(server: Server, metrics: Metrics): () => Omit<Gauges, 'ready'> {
  let connections = 0
  let inFlight = 0
  server.on('connection', (socket: Socket) => {
    connections++
    socket.once('close', () => {
      connections--
    })
  })
  server.on('drop', metrics.connectionRefused)
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException) => {
    if (code in clientErrors || code.startsWith('HPE_')) metrics.rejected(clientErrors[code] ?? 400)
  })
  server.on('request', ({ url = '', headers }: IncomingMessage, response: ServerResponse) => {
    const began = performance.now()
    inFlight++
    response.once('close', () => {
      inFlight--
      if (response.statusCode !== 200 || !response.writableFinished) return
      metrics.answered(
        url,
        (performance.now() - began) / 1000,
        Number(headers['content-length'] ?? 0)
      )
    })
  })
  return () => ({ connections, inFlight })
}
