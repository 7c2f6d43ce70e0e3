/** Bytes of a body that never count: an ordinary review, whose number maxConnections bounds. */
export const ordinary = 65_536

/** What one body holds of the budget. */
export interface Held {
  /** Adds bytes; false where they are too many: the body must end. */
  readonly add: (bytes: number) => boolean
  readonly release: () => void
}

/**
 * Bounds what all unfinished bodies hold together, in bytes; each is bounded by itself already. Only a body that is
 * larger than an ordinary review is ever refused. Answers what begins with one body.
 */
export function bodyBudget(room: number): () => Held {
  let all = 0
  return () => {
    let own = 0
    return {
      add: (bytes) => {
        own += bytes
        all += bytes
        return own <= ordinary || all <= room
      },
      release: () => {
        all -= own
        own = 0
      }
    }
  }
}
