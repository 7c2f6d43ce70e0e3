import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import {
  type Caller,
  type Connection,
  held,
  isEstablished,
  makeCaller,
  mustClose
} from './callers.ts'

/**
 * Milliseconds that a caller may be silent between two reviews. kube-apiserver closes what it has not used for 90 s
 * (IdleConnTimeout, apimachinery pkg/util/net/http.go). Whoever closes first may do so while a request is on its way,
 * and an admission is not sent twice: so that is the API server, never this one.
 */
export const idlePatience = 120_000

/** Milliseconds for the TLS handshake, and then for the headers of the first request. */
export const handshakePatience = 2000

/** What a socket, with TLS or below it, is known by: no two connections of one port have the same. */
const nameOf = ({ remoteAddress = '', remotePort = 0 }: Socket): string =>
  `${remoteAddress} ${remotePort}`

interface State {
  readonly callers: Map<string, Caller>
  readonly connections: Map<string, Connection>
  /** The same, by their sockets: the one below TLS and, once there is one, the one with it. */
  readonly ofSocket: WeakMap<Socket, Connection>
}

/** Who is told what happens on a server's connections. */
export interface Watch {
  /** One was closed because there were more than places. */
  readonly connectionRefused: () => void
  /** The last byte of an answer with status 200 was sent; the time counts from the end of the request's headers. */
  readonly answered: (path: string, seconds: number, bodyBytes: number) => void
}

/** What is asked about a server's connections. */
export interface Connections {
  /** True for a connection of an established caller on which nothing was sent yet. */
  readonly mayBeSilent: (socket: Socket) => boolean
  readonly open: () => number
  /** Requests that are not answered yet. */
  readonly inFlight: () => number
}

/**
 * Shares a server's places among its callers, from the first packet on. One more connection than places is accepted,
 * and one is closed at once: see mustClose. A caller is an address; what it did is known as long as one of its
 * connections is open.
 */
export function shareConnections(server: Server, places: number, watch?: Watch): Connections {
  const state: State = { callers: new Map(), connections: new Map(), ofSocket: new WeakMap() }
  const { callers, connections, ofSocket } = state
  let inFlight = 0
  // Never reached: a connection above it would be dropped, whoever asks for it.
  server.maxConnections = places + 1
  server.on('connection', (socket: Socket) => {
    const connection = accept(state, socket)
    if (connection === undefined || connections.size <= places) return
    const now = performance.now()
    const closing = mustClose(callers.values(), connection, { places, now })
    forget(state, closing)
    closing.socket.destroy()
    watch?.connectionRefused()
  })
  server.on('secureConnection', (socket: Socket) => {
    const connection = connections.get(nameOf(socket))
    if (connection !== undefined) ofSocket.set(socket, connection)
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const began = performance.now()
    const connection = ofSocket.get(request.socket)
    if (connection !== undefined) begin(connection, began)
    inFlight++
    // The one listener for each request: several would cost as much as the log. It is told once, and `once` costs more.
    response.on('close', () => {
      inFlight--
      // Whoever is answered by anything but 200 is no API server, and stays a stranger.
      if (response.statusCode !== 200 || !response.writableFinished) return
      if (connection !== undefined) complete(connection)
      const bytes = Number(request.headers['content-length'] ?? 0)
      watch?.answered(request.url ?? '', (performance.now() - began) / 1000, bytes)
    })
  })
  return {
    mayBeSilent: (socket) => {
      const connection = ofSocket.get(socket)
      return connection !== undefined && socket.bytesRead === 0 && isEstablished(connection.caller)
    },
    open: () => connections.size,
    inFlight: () => inFlight
  }
}

/** Nothing where the caller has gone already. */
function accept(state: State, socket: Socket): Connection | undefined {
  const { remoteAddress } = socket
  if (remoteAddress === undefined) {
    socket.destroy()
    return undefined
  }
  const caller = callerOf(state.callers, remoteAddress)
  const connection = { name: nameOf(socket), socket, caller, since: performance.now() }
  state.connections.set(connection.name, connection)
  state.ofSocket.set(socket, connection)
  caller.strangers.add(connection)
  socket.once('close', () => forget(state, connection))
  return connection
}

function callerOf(callers: Map<string, Caller>, address: string): Caller {
  const known = callers.get(address)
  if (known !== undefined) return known
  const caller = makeCaller(address)
  callers.set(address, caller)
  return caller
}

/** When it is closed, or at once when it must close: what is on its way out takes no place. */
function forget({ callers, connections }: State, connection: Connection): void {
  const { name, caller } = connection
  if (connections.get(name) !== connection) return
  connections.delete(name)
  for (const set of [caller.strangers, caller.idle, caller.busy]) set.delete(connection)
  if (held(caller) === 0) callers.delete(caller.address)
}

/** A stranger stays one until its first request is completed. */
function begin(connection: Connection, now: number): void {
  const { idle, busy } = connection.caller
  connection.since = now
  if (idle.delete(connection)) busy.add(connection)
}

function complete(connection: Connection): void {
  const { strangers, idle, busy } = connection.caller
  if (strangers.delete(connection) || busy.delete(connection)) idle.add(connection)
}
