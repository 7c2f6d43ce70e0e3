import t from 'tap'
import { type Caller, type Connection, makeCaller, mustClose } from '../../src/server/callers.ts'

type Kind = 'strangers' | 'idle' | 'busy'

/** An address with so many connections of each kind; `since` is when a busy one's request began. */
function callerWith(address: string, counts: Partial<Record<Kind, number>>, since = 0): Caller {
  const caller = makeCaller(address)
  for (const kind of ['strangers', 'idle', 'busy'] as const) {
    for (let i = 0; i < (counts[kind] ?? 0); i++) {
      const name = `${address} ${kind} ${i}`
      caller[kind].add({ name, caller, since, socket: { destroy: () => undefined as never } })
    }
  }
  return caller
}

const now = 10_000
const addressNew = 'new'

/** Who closes when one more connection arrives, of a caller that has these already. */
function closed(others: readonly Caller[], own: Caller = makeCaller(addressNew)): string {
  const socket = { destroy: () => undefined as never }
  const newcomer: Connection = { name: 'newcomer', caller: own, since: now, socket }
  own.strangers.add(newcomer)
  return mustClose([...others, own], newcomer, { places: 160, now }).name
}

const cases: readonly (readonly [string, readonly Caller[], string, Caller?])[] = [
  ['the oldest stranger goes', [callerWith('a', { strangers: 3 })], 'a strangers 0'],
  [
    'of the address with the most strangers',
    [callerWith('a', { strangers: 2 }), callerWith('b', { strangers: 3 })],
    'b strangers 0'
  ],
  [
    'a stranger of an address that completed nothing, before more of one that did',
    [callerWith('a', { strangers: 9, idle: 1 }), callerWith('b', { strangers: 1 })],
    'b strangers 0'
  ],
  [
    'strangers of its own address, where all others are established within their share',
    [callerWith('b', { idle: 10 })],
    'new strangers 0',
    callerWith(addressNew, { strangers: 2 })
  ],
  [
    'a stranger of an established address above its share, before its idle ones',
    [callerWith('a', { strangers: 1, idle: 20 })],
    'a strangers 0'
  ],
  [
    'no stranger of an established address within its share',
    [callerWith('a', { strangers: 5, idle: 5 })],
    'newcomer'
  ],
  [
    'the longest idle of an address above its share',
    [callerWith('a', { idle: 10 }), callerWith('b', { idle: 11 })],
    'b idle 0'
  ],
  [
    'of the address with the most',
    [callerWith('a', { idle: 20 }), callerWith('b', { idle: 21 })],
    'b idle 0'
  ],
  [
    'nobody established within its share',
    [callerWith('a', { idle: 10 }), callerWith('b', { idle: 10 })],
    'newcomer'
  ],
  [
    'nobody who holds less than the newcomer',
    [callerWith('a', { idle: 20 })],
    'new idle 0',
    callerWith(addressNew, { idle: 30 })
  ],
  [
    'an idle one of its own, where it is the largest, before a stranger of another address',
    [callerWith('a', { strangers: 5 })],
    'new idle 0',
    callerWith(addressNew, { idle: 30 })
  ],
  [
    'a stranger, where its own are all busy',
    [callerWith('a', { strangers: 5 })],
    'a strangers 0',
    callerWith(addressNew, { busy: 30 }, 9_500)
  ],
  [
    'its own idle one within its share too, where no other can go',
    [callerWith('a', { idle: 3 })],
    'new idle 0',
    callerWith(addressNew, { idle: 1, busy: 1 })
  ],
  [
    'a stranger of an address that holds more, before its own idle one',
    [callerWith('a', { strangers: 50 })],
    'a strangers 0',
    callerWith(addressNew, { idle: 30 })
  ],
  [
    'its own that never began',
    [],
    'new strangers 0',
    callerWith(addressNew, { strangers: 3 }, 8_999)
  ],
  ['a busy one that takes too long', [callerWith('a', { busy: 150 }, 8_999)], 'a busy 0'],
  ['no busy one that has just begun', [callerWith('a', { busy: 150 }, 9_001)], 'newcomer'],
  [
    'its own, the one that takes too long first',
    [],
    'new busy 0',
    callerWith(addressNew, { strangers: 3, busy: 3 }, 8_999)
  ]
]

for (const [rule, others, name, own] of cases) {
  t.test(rule, async (t) => {
    t.equal(closed(others, own), name)
  })
}
