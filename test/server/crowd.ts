import { connect as connectTcp, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { Test } from 'tap'
import { ca } from './serving.ts'

/** Callers of one kind who come back whenever they are closed. */
export interface CrowdOptions {
  readonly port: number
  readonly count: number
  /** Addresses of this machine that they come from, in turn. */
  readonly from: readonly string[]
  /** What each writes once it is connected; TLS comes with it. Absent: nothing, and no TLS either. */
  readonly says?: string
}

/** How many connections were made so far, and how many are open. */
export interface CrowdCount {
  made: number
  readonly open: () => number
  /** They leave, and do not come back. */
  readonly leave: () => void
}

/** Starts a crowd and waits until all of them have been there once. It leaves with the test. */
export async function gather(t: Test, options: CrowdOptions): Promise<CrowdCount> {
  const sockets = new Set<Socket>()
  const state = { over: false }
  const leave = (): void => {
    state.over = true
    for (const socket of sockets) socket.destroy()
  }
  const count = { made: 0, open: () => sockets.size, leave }
  t.teardown(leave)
  const come = (index: number): void => {
    const socket = approach(options, index, () => {
      count.made += 1
    })
    sockets.add(socket)
    socket.on('error', () => undefined).resume()
    socket.once('close', () => {
      sockets.delete(socket)
      // Each soon, but not at once: the test's process is the server's too.
      if (!state.over) setTimeout(() => come(index), 50)
    })
  }
  for (let index = 0; index < options.count; index++) {
    if (index % 64 === 63) await sleep(10)
    come(index)
  }
  while (count.made < options.count) await sleep(10)
  return count
}

function approach(
  { port, from, says }: CrowdOptions,
  index: number,
  connected: () => void
): Socket {
  const localAddress = from[index % from.length] ?? ''
  const place = { host: '127.0.0.1', port, localAddress }
  if (says === undefined) return connectTcp(place, connected)
  const socket = connectTls({ ...place, servername: 'localhost', ca: ca.cert }, () => {
    connected()
    socket.write(says)
  })
  return socket
}
