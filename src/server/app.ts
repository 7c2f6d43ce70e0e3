import { readFileSync } from 'node:fs'
import type { SecureContextOptions, TlsOptions } from 'node:tls'
import { type FastifyError, type FastifyInstance, type FastifyReply, fastify } from 'fastify'
import type { Admission, Outcome } from '../admission/review.ts'
import { readCertificates } from '../certificates/certificate.ts'
import type { KeyPair } from '../certificates/key-pair.ts'
import type { ServerConfig } from '../config/config.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { bodyBudget } from './body-budget.ts'
import { handshakePatience, idlePatience, shareConnections } from './connections.ts'
import { countValues } from './count-values.ts'
import { hangUp, isLate } from './hang-up.ts'

/** What the HTTP edge works with. */
export interface AppDeps {
  readonly admission: Admission
  readonly config: ServerConfig
  readonly keyPair: KeyPair
  readonly log: Log
  readonly metrics: Metrics
  /** True while the server shuts down: then every answer closes its connection. */
  readonly draining: () => boolean
}

/** The webhooks by their path; the mode of a guard is in its path, so the server keeps no state. */
const endpoints: Readonly<Record<string, (admission: Admission, body: unknown) => Outcome>> = {
  '/inject': (admission, body) => admission.inject(body),
  '/guard/enforce': (admission, body) => admission.guard('enforce', body),
  '/guard/enforce-host-paths': (admission, body) => admission.guard('enforce-host-paths', body),
  '/guard/warn': (admission, body) => admission.guard('warn', body)
}

const otherMethods = ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']

/** Bodies of the largest size that are held at once. */
const largestBodies = 4

/**
 * Values of one body. JSON.parse makes thirty times its size of nothing but `{}`, which would cost a pod its memory;
 * two objects of 3 MiB of nothing but small volumes stay below.
 */
const mostValues = 700_000

/** How often Node looks for connections past their time (http.createServer connectionsCheckingInterval). */
export const checkingInterval = 250

/**
 * The webhook server, not listening yet. Callers are taken for hostile: anyone on the pod network can reach
 * the port, so every body, header and idle connection is bounded.
 */
export function buildApp(deps: AppDeps): FastifyInstance {
  const { config } = deps
  const firstPatience = Math.min(handshakePatience, config.requestTimeout)
  const app = fastify({
    https: {
      ...secureOptions(config, deps.keyPair),
      handshakeTimeout: firstPatience,
      connectionsCheckingInterval: checkingInterval
    },
    bodyLimit: config.bodyLimit,
    requestTimeout: config.requestTimeout,
    keepAliveTimeout: idlePatience,
    connectionTimeout: config.requestTimeout,
    clientErrorHandler: (error, socket) => {
      if (!isLate(error) || !connections.mayBeSilent(socket)) hangUp(error, socket)
    },
    forceCloseConnections: 'idle',
    // Fastify's own answer while it closes would be a failed admission; here such a request is judged like any other.
    return503OnClosing: false,
    exposeHeadRoutes: false
  })
  app.server.headersTimeout = firstPatience
  const connections = shareConnections(app.server, config.maxConnections)
  app.server.on('timeout', (socket) => {
    if (connections.mayBeSilent(socket) && socket.timeout !== idlePatience) {
      socket.setTimeout(idlePatience)
    } else socket.destroy()
  })
  boundBodies(app, largestBodies * config.bodyLimit)
  acceptJson(app)
  const wrongMethod = async (_request: unknown, reply: FastifyReply): Promise<FastifyReply> =>
    await say(deps, reply.header('allow', 'POST'), 405, 'a webhook is asked by POST')
  for (const [path, decide] of Object.entries(endpoints)) {
    app.post(path, (request, reply) =>
      answer(deps, path, reply, () => decide(deps.admission, request.body))
    )
    app.route({ method: otherMethods, url: path, onRequest: wrongMethod, handler: wrongMethod })
  }
  app.setNotFoundHandler((request, reply) =>
    say(deps, reply, 404, `${request.url} is no webhook: use ${Object.keys(endpoints).join(', ')}`)
  )
  app.setErrorHandler((error: FastifyError, _request, reply) => refuse(deps, error, reply))
  return app
}

/** TLS 1.3 with this pair; callers must show a certificate where the configuration names a CA for them. */
export function secureOptions(
  { clientCa }: ServerConfig,
  pair: KeyPair
): SecureContextOptions & TlsOptions {
  const minVersion = 'TLSv1.3'
  if (clientCa === undefined) return { ...pair, minVersion }
  const ca = readClientCa(clientCa)
  return { ...pair, minVersion, ca, requestCert: true, rejectUnauthorized: true }
}

/** The CA that callers answer to. Node takes a file without one for a CA that nobody is signed by, so it is told here. */
export function readClientCa(file: string): string {
  const text = readText(file)
  if (readCertificates(text).length > 0) return text
  throw new Error(`server.clientCa: ${file} holds no certificate: name a PEM file of a CA`)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`server.clientCa: ${file} cannot be read (${why})`, { cause: error })
  }
}

function boundBodies(app: FastifyInstance, room: number): void {
  const watch = bodyBudget(room)
  app.addHook('preParsing', (request, _reply, payload, done) => {
    watch(payload, Number(request.headers['content-length']))
    done(null, payload)
  })
}

/**
 * Plain JSON.parse: a key `__proto__` becomes an own property, which nothing here copies, and reaches the guard,
 * whose refusal names it. Fastify's own parser would answer a bare 400 to a pod that Kubernetes takes.
 */
function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parse(body as string))
    } catch (error) {
      done(error as Error)
    }
  })
}

function parse(text: string): unknown {
  if (text.length > mostValues && countValues(text) > mostValues) {
    throw refusal(413, `the body holds more than ${mostValues} values`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw refusal(400, 'the body is not JSON: send an AdmissionReview')
  }
}

const refusal = (statusCode: number, message: string): Error =>
  Object.assign(new Error(message), { statusCode })

/** 200 whenever the UID is known: what was decided stands in the review, never in the status code. */
function answer(
  deps: AppDeps,
  endpoint: string,
  reply: FastifyReply,
  decide: () => Outcome
): FastifyReply {
  const began = process.hrtime.bigint()
  const outcome = decide()
  if (outcome.kind === 'unanswerable') return say(deps, reply, 400, outcome.message)
  const milliseconds = Number(process.hrtime.bigint() - began) / 1e6
  deps.metrics.decided(endpoint, outcome.record)
  deps.log.decision(endpoint, outcome.record, milliseconds)
  return send(deps, reply, outcome.review)
}

/** Whoever sends no review is no API server, and is not waited for. */
function say(deps: AppDeps, reply: FastifyReply, code: number, message: string): FastifyReply {
  deps.metrics.rejected(code)
  // kube-apiserver sends such a review again, within the webhook's timeoutSeconds (client-go rest/with_retry.go).
  if (code === 429) reply.header('retry-after', '1')
  return send(deps, reply.code(code).header('connection', 'close'), { message })
}

function send({ draining }: AppDeps, reply: FastifyReply, body: object): FastifyReply {
  if (draining()) reply.header('connection', 'close')
  return reply.type('application/json').send(JSON.stringify(body))
}

const sentences: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'the body is larger than the limit (server.bodyLimit)',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'the content type is not application/json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'the body is empty: send an AdmissionReview',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'the body is not as long as its header says'
}

/** Whoever is wrong hears why; a fault of our own is a 500, and the failurePolicy of the webhook decides. */
function refuse(deps: AppDeps, error: FastifyError, reply: FastifyReply): FastifyReply {
  const code = error.statusCode ?? 500
  if (code >= 500) {
    deps.log.logger.error({ err: error }, 'a fault of the webhook itself')
    return say(deps, reply, 500, 'the webhook failed: see its log')
  }
  return say(deps, reply, code, sentences[error.code] ?? error.message)
}
