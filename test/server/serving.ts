import { type Agent, request } from 'node:https'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { Test } from 'tap'
import { createAdmission } from '../../src/admission/admission.ts'
import type { Admission } from '../../src/admission/review.ts'
import type { KeyPair, KeyPairSource } from '../../src/certificates/key-pair.ts'
import { makeCa, makeLeaf } from '../../src/certificates/self-signed.ts'
import type { ServerConfig } from '../../src/config/config.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import { makeLog } from '../../src/telemetry/log.ts'
import { makeMetrics } from '../../src/telemetry/metrics.ts'
import { defaultConfig } from '../config/default-config.ts'

const validity = { now: Date.now(), lifetime: 3600 }

/** The CA of every server under test. */
export const ca: KeyPair = await makeCa(validity)

/** Another serving pair of the same CA. */
export const makePair = (): Promise<KeyPair> => makeLeaf(ca, ['localhost'], validity)

/** A source whose pair the test changes. */
export interface SwappedPair extends KeyPairSource {
  readonly swap: (pair: KeyPair) => void
}

/** Starts with `pair`, or with none. */
export function swappedPair(pair?: KeyPair, missing: readonly string[] = []): SwappedPair {
  let current = pair
  const listeners = new Set<(pair: KeyPair) => void>()
  return {
    current: () => current,
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    notReady: () => missing,
    stop: async () => undefined,
    swap: (next) => {
      current = next
      for (const listener of listeners) listener(next)
    }
  }
}

/** A server on free ports of this machine, and what it logged. */
export interface Serving extends RunningServer {
  readonly pairs: SwappedPair
  readonly log: readonly Record<string, unknown>[]
}

/** What a test changes of an ordinary server. */
export interface ServingOptions {
  readonly config?: Partial<ServerConfig>
  readonly admission?: Admission
  readonly pairs?: SwappedPair
}

/** Starts the real server with the real engine, unless the test says otherwise. */
export async function serve(t: Test, options: ServingOptions = {}): Promise<Serving> {
  const log: Record<string, unknown>[] = []
  const pairs = options.pairs ?? swappedPair(await makePair())
  const config = {
    ...defaultConfig.server,
    host: '127.0.0.1',
    port: 0,
    probesPort: 0,
    drainDelay: 0,
    ...options.config
  }
  const server = await startServer({
    admission: options.admission ?? createAdmission(defaultConfig),
    config,
    metrics: makeMetrics({ ...defaultConfig, server: config }, '1.2.3'),
    keyPairs: pairs,
    log: makeLog({ level: 'info' }, { write: (line: string) => log.push(JSON.parse(line)) })
  })
  t.teardown(() => server.drain())
  return { ...server, pairs, log }
}

/** One answer: the status code, and the body as JSON where it is. */
export interface Answer {
  readonly code: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: { readonly message?: string; readonly response?: Record<string, unknown> }
}

/** What a request says beside its body. */
export interface SendOptions {
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly tls?: ConnectionOptions
  /** Of connections that live on. */
  readonly agent?: Agent
}

/** Sends one request on a connection of its own. */
export function send(port: number, body: string, options: SendOptions = {}): Promise<Answer> {
  const { path = '/inject', method = 'POST', headers, tls, agent = false } = options
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        servername: 'localhost',
        ca: ca.cert,
        port,
        path,
        method,
        agent,
        headers: { 'content-type': 'application/json', ...headers },
        ...tls
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const body = text === '' ? {} : JSON.parse(text)
          resolve({ code: response.statusCode ?? 0, headers: response.headers, body })
        })
      }
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

/** A TLS connection for requests written by hand. */
export function open(port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', servername: 'localhost', ca: ca.cert, port }
    const socket = connect(options, () => resolve(socket))
    socket.on('error', reject)
  })
}
