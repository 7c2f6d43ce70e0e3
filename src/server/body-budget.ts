import type { Readable } from 'node:stream'

/** Bytes of a body that never count: an ordinary review, whose number maxConnections bounds. */
const ordinary = 65_536

/** The error for whoever sends too much while others do. */
const crowded = (): Error =>
  Object.assign(new Error('too many large bodies at once: send it again'), { statusCode: 429 })

/**
 * Bounds what all unfinished bodies hold together, in bytes; each is bounded by itself already. One that is larger
 * than an ordinary review when there is no room left ends with an error. Answers what watches one body.
 */
export function bodyBudget(room: number): (body: Readable, announced: number) => void {
  let held = 0
  return (body, announced) => {
    if (announced <= ordinary) return
    let own = 0
    const release = (): void => {
      body.removeListener('data', count)
      held -= own
      own = 0
    }
    const count = ({ length }: Buffer): void => {
      own += length
      held += length
      if (own <= ordinary || held <= room) return
      release()
      body.emit('error', crowded())
    }
    body.on('data', count)
    for (const event of ['end', 'close']) body.once(event, release)
  }
}
