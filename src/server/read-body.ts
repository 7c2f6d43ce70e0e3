import type { IncomingMessage } from 'node:http'
import { type bodyBudget, ordinary } from './body-budget.ts'

/** Why no review can be read from a request, as it is said to its sender. */
export interface Refusal {
  readonly code: 400 | 413 | 415 | 429
  readonly message: string
}

/** What bounds bodies. */
export interface BodyLimits {
  readonly bodyLimit: number
  /** Begins one body. */
  readonly hold: ReturnType<typeof bodyBudget>
}

const refusals = {
  type: { code: 415, message: 'the content type is not application/json' },
  large: { code: 413, message: 'the body is larger than the limit (server.bodyLimit)' },
  crowded: { code: 429, message: 'too many large bodies at once: send it again' },
  empty: { code: 400, message: 'the body is empty: send an AdmissionReview' }
} as const

const json = 'application/json'
const isJson = (type: string): boolean =>
  type === json || /^application\/json\s*;/i.test(type) || type.toLowerCase() === json

/** Reads a whole body, or says why not. A caller who leaves before the end is not answered. */
export function readBody(
  request: IncomingMessage,
  { bodyLimit, hold }: BodyLimits,
  done: (body: Buffer | Refusal) => void
): void {
  const { 'content-type': type = '', 'content-length': announced } = request.headers
  if (!isJson(type)) {
    done(refusals.type)
    return
  }
  if (Number(announced) > bodyLimit) {
    done(refusals.large)
    return
  }
  // One that does not say its length may become a large one.
  const held = Number(announced) <= ordinary ? undefined : hold()
  const chunks: Buffer[] = []
  let size = 0
  let ended = false
  const end = (body: Buffer | Refusal): void => {
    ended = true
    held?.release()
    done(body)
  }
  const take = (chunk: Buffer): void => {
    // After a refusal the rest is let through and thrown away, as the sender may still be sending.
    if (ended) return
    size += chunk.length
    if (size > bodyLimit) end(refusals.large)
    else if (held?.add(chunk.length) === false) end(refusals.crowded)
    else chunks.push(chunk)
  }
  const finish = (): void => {
    if (!ended) end(size === 0 ? refusals.empty : join(chunks))
  }
  request.on('data', take).on('end', finish)
  if (held !== undefined) request.once('close', held.release)
}

const join = (chunks: readonly Buffer[]): Buffer => {
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
}
