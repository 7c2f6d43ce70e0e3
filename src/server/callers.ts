import type { Socket } from 'node:net'

/** The connections of one address, each set in the order in which they came there. */
export interface Caller {
  readonly address: string
  /** Have completed no request yet: without TLS, with it, or with half a request. */
  readonly strangers: Set<Connection>
  /** Have completed one and are silent. */
  readonly idle: Set<Connection>
  /** Have completed one and are sending or awaiting another. */
  readonly busy: Set<Connection>
}

/** One accepted connection. */
export interface Connection {
  /** Address and port of the other end. */
  readonly name: string
  readonly socket: Pick<Socket, 'destroy'>
  readonly caller: Caller
  /** Milliseconds on a monotonic clock: when its present request began, or the connection where there was none. */
  since: number
}

/** Milliseconds after which a request that is still unfinished may make way: a review takes one or two. */
const slow = 1000

/** An address loses no established connection to another one while it holds no more than this part of the places. */
const share = 1 / 16

/** A caller without connections. */
export const makeCaller = (address: string): Caller => ({
  address,
  strangers: new Set(),
  idle: new Set(),
  busy: new Set()
})

/** True for a caller that has completed a request on a connection that is still open. */
export const isEstablished = ({ idle, busy }: Caller): boolean => idle.size + busy.size > 0

/** How many connections a caller has. */
export const held = ({ strangers, idle, busy }: Caller): number =>
  strangers.size + idle.size + busy.size

/**
 * The connection that must close when one more is open than there are places; docs/decisions/0160 says why this order.
 * `newcomer` is the one that has just been accepted, and counts as a stranger of its caller.
 */
export function mustClose(
  callers: Iterable<Caller>,
  newcomer: Connection,
  { places, now }: { readonly places: number; readonly now: number }
): Connection {
  const own = newcomer.caller
  const others = [...callers].filter((caller) => caller !== own)
  const least = Math.max(places * share, held(own))
  const unknown = mostOf(
    [...others, own].filter((caller) => !isEstablished(caller)),
    (caller) => strangersBeside(newcomer, caller)
  )
  const greedy = mostOf(others, (caller) => (held(caller) > least ? held(caller) : 0))
  const isLargest = held(own) > Math.max(places * share, ...[unknown, greedy].map(heldBy))
  return (
    (isLargest ? spare(own, now) : undefined) ??
    oldest(unknown?.strangers) ??
    oldest(greedy?.strangers) ??
    (greedy && spare(greedy, now)) ??
    spare(own, now) ??
    newcomer
  )
}

const heldBy = (caller: Caller | undefined): number => (caller === undefined ? 0 : held(caller))

/** What a caller can do without: the longest idle, then a request that takes too long, then one that never began. */
function spare({ idle, busy, strangers }: Caller, now: number): Connection | undefined {
  const isSlow = (connection: Connection | undefined): boolean =>
    connection !== undefined && now - connection.since > slow
  return oldest(idle) ?? [oldest(busy), oldest(strangers)].find(isSlow)
}

const oldest = (connections: Iterable<Connection> = []): Connection | undefined => {
  const [first] = connections
  return first
}

const strangersBeside = (newcomer: Connection, { strangers }: Caller): number =>
  strangers.size - (strangers.has(newcomer) ? 1 : 0)

/** The caller that has most of something, the earlier one where two have as many; nobody who has none. */
function mostOf(callers: readonly Caller[], count: (caller: Caller) => number): Caller | undefined {
  let [found, most]: [Caller | undefined, number] = [undefined, 0]
  for (const caller of callers) {
    const counted = count(caller)
    if (counted > most) [found, most] = [caller, counted]
  }
  return found
}
