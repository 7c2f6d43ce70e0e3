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
}

/** What is asked about a server's connections. */
export interface Connections {
  /** True for a connection of an established caller on which nothing was sent yet. */
  readonly mayBeSilent: (socket: Socket) => boolean
}

/**
 * Shares a server's places among its callers, from the first packet on. One more connection than places is accepted,
 * and one is closed at once: see mustClose. A caller is an address; what it did is known as long as one of its
 * connections is open.
 */
export function shareConnections(server: Server, places: number): Connections {
  const state: State = { callers: new Map(), connections: new Map() }
  const { callers, connections } = state
  // Never reached: a connection above it would be dropped, whoever asks for it.
  server.maxConnections = places + 1
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket
    if (remoteAddress === undefined) {
      socket.destroy() // gone already
      return
    }
    const name = nameOf(socket)
    const now = performance.now()
    const connection = { name, socket, caller: callerOf(callers, remoteAddress), since: now }
    connections.set(name, connection)
    connection.caller.strangers.add(connection)
    socket.once('close', () => forget(state, connection))
    if (connections.size <= places) return
    const closing = mustClose(callers.values(), connection, { places, now })
    forget(state, closing)
    closing.socket.destroy()
  })
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(nameOf(socket))
    if (connection === undefined) return
    begin(connection)
    response.once('close', () => end(connection, response))
  })
  return {
    mayBeSilent: (socket) => {
      const connection = connections.get(nameOf(socket))
      return connection !== undefined && socket.bytesRead === 0 && isEstablished(connection.caller)
    }
  }
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
function begin(connection: Connection): void {
  const { idle, busy } = connection.caller
  connection.since = performance.now()
  if (idle.delete(connection)) busy.add(connection)
}

/** Whoever was answered by anything but 200 is no API server, and stays a stranger. */
function end(connection: Connection, { statusCode, writableFinished }: ServerResponse): void {
  const { strangers, idle, busy } = connection.caller
  if (statusCode !== 200 || !writableFinished) return
  if (strangers.delete(connection) || busy.delete(connection)) idle.add(connection)
}
