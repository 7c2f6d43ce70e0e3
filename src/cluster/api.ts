import { type IncomingMessage, request as requestHttp } from 'node:http'
import { type RequestOptions, request as requestHttps } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { valueAt } from '../kubernetes/fields.ts'
import type { Access } from './access.ts'

/** One answer of an API server: its status, its JSON, or its text where that is none, and its time. */
export interface Answer {
  readonly status: number
  readonly body: unknown
  /** The server's own clock, in milliseconds since the epoch; undefined where it does not say. */
  readonly time: number | undefined
}

/** One request to an API server. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH'
  /** As in `/api/v1/pods?limit=500`. */
  readonly path: string
  /** Sent as JSON; a PATCH takes the operations of a JSON Patch. */
  readonly body?: unknown
}

/** Sends a GET for a path of the API; there is no way to send anything else. */
export type Get = (path: string) => Promise<Answer>

/** How long to wait, in milliseconds; everything has a default. */
export interface Patience {
  /** Until the first answer ever: a server that is not there must be told within seconds. */
  readonly first?: number
  /** Until any later answer, and between two pieces of it. */
  readonly later?: number
  /** How often a request is sent where an answer passes. */
  readonly tries?: number
}

/** Answers that pass: too many requests, and servers that are about to come back. Broken connections pass too. */
const passing = new Set([429, 500, 502, 503, 504])
const mostTries = 4

/**
 * Makes a reader with the user's own rights. Wire JSON is kept as it is: client-node's models would drop fields
 * that they do not know. Throws `cause.code: 'UNREACHABLE'` where no answer comes.
 */
export function reader(
  access: Access,
  { first = 5000, later = 60_000, tries = mostTries }: Patience = {}
): Get {
  const server = access.getCurrentCluster()?.server ?? ''
  let answered = false
  /** Undefined where asking again may help. */
  const attempt = async (path: string, isLast: boolean): Promise<Answer | undefined> => {
    try {
      const answer = await ask(access, { method: 'GET', path }, answered ? later : first)
      answered = true
      return isLast || !passing.has(answer.status) ? answer : undefined
    } catch (error) {
      // Once it has answered, a broken connection is a replica that went away; another may take its place.
      if (!answered || isLast || isSlow(error)) throw unreachable(server, error)
      return undefined
    }
  }
  return async (path) => {
    for (let tried = 1; ; tried++) {
      const answer = await attempt(path, tried === tries)
      if (answer !== undefined) return answer
      await sleep(250 * 2 ** tried)
    }
  }
}

/**
 * The one way to ask an API server: with the given credentials, once. `patience` is milliseconds until an
 * answer, and between two pieces of it. Throws where none comes.
 */
export async function ask(
  access: Access,
  { method, path, body }: Request,
  patience: number
): Promise<Answer> {
  const server = access.getCurrentCluster()?.server ?? ''
  const type = method === 'PATCH' ? 'application/json-patch+json' : 'application/json'
  const headers = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': type })
  }
  const options: RequestOptions = { method, headers }
  await access.applyToHTTPSOptions(options)
  const text = body === undefined ? undefined : JSON.stringify(body)
  return send(new URL(`${server.replace(/\/$/, '')}${path}`), options, text, patience)
}

/** Once more where a kept connection turns out to be closed: the API server closes what has been idle for long. */
function send(
  url: URL,
  options: RequestOptions,
  body: string | undefined,
  patience: number
): Promise<Answer> {
  const request = url.protocol === 'http:' ? requestHttp : requestHttps
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      clearTimeout(timer)
      response.setTimeout(patience, () => sent.destroy(slow(patience)))
      read(response).then(resolve, reject)
    })
    const timer = setTimeout(() => sent.destroy(slow(patience)), patience)
    sent.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      const isStale = sent.reusedSocket && error.code === 'ECONNRESET'
      if (isStale) resolve(send(url, options, body, patience))
      else reject(error)
    })
    sent.end(body)
  })
}

async function read(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  const time = Date.parse(response.headers.date ?? '')
  return {
    status: response.statusCode ?? 0,
    body: parse(text),
    time: Number.isNaN(time) ? undefined : time
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text === '' ? undefined : text
  }
}

const slow = (patience: number): Error =>
  new Error(`no answer within ${patience / 1000} s`, { cause: { code: 'SLOW' } })

const isSlow = (error: unknown): boolean => codeOf(error) === 'SLOW'

/** One sentence for a person: which server, and why. */
function unreachable(server: string, error: unknown): Error {
  const why = error instanceof Error ? error.message || String(error) : String(error)
  const cause = { code: 'UNREACHABLE', found: why, wanted: 'an answer', path: server }
  return new Error(`the API server ${server} cannot be reached: ${why || 'no connection'}`, {
    cause
  })
}

/** True for the error that a reader throws where no answer comes. */
export function isUnreachable(error: unknown): error is Error {
  return error instanceof Error && codeOf(error) === 'UNREACHABLE'
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? valueAt(error.cause, ['code']) : undefined
}
