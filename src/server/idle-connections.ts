import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Server } from 'node:tls'

/**
 * Milliseconds that a caller may be silent between two reviews. kube-apiserver closes what it has not used for 90 s
 * (IdleConnTimeout, apimachinery pkg/util/net/http.go). Whoever closes first may do so while a request is on its way,
 * and an admission is not sent twice: so that is the API server, never this one.
 */
export const idlePatience = 120_000

/**
 * Keeps one place free for a new caller: when the last one is taken, the connection that has been idle for longest
 * is closed. Silent callers push out each other, not whoever has a request to make.
 */
export function keepPlaceFree(server: Server, maxConnections: number): void {
  const idle = new Set<Socket>() // in the order in which they fell silent
  let open = 0
  server.on('connection', (socket: Socket) => {
    open++
    socket.once('close', () => open--)
  })
  server.on('secureConnection', (socket) => {
    idle.add(socket)
    socket.once('close', () => idle.delete(socket))
    const [longest] = idle
    if (open >= maxConnections && longest !== socket) longest?.destroy()
  })
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket)
    response.once('close', () => {
      if (!socket.destroyed) idle.add(socket)
    })
  })
}
