import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { type Decide, endpoints, pathOf } from '../admission/endpoints.ts'
import { type Admission, type Outcome, reviewText } from '../admission/review.ts'
import type { KeyPair } from '../certificates/key-pair.ts'
import type { ServerConfig } from '../config/config.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { bodyBudget } from './body-budget.ts'
import {
  type Connections,
  handshakePatience,
  idlePatience,
  shareConnections
} from './connections.ts'
import { hangUp, isLate } from './hang-up.ts'
import { parseBody } from './parse-body.ts'
import { type Refusal, readBody } from './read-body.ts'
import { sendJson } from './send-json.ts'
import { secureOptions } from './tls.ts'

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

/** The webhook server, and what it knows of its connections. */
export interface App {
  readonly app: FastifyInstance
  readonly connections: Connections
}

const otherMethods = ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']

/** Bodies of the largest size that are held at once. */
const largestBodies = 2

/**
 * How often Node looks for connections past their time (http.createServer connectionsCheckingInterval), in milliseconds. With
 * the default requestTimeout a request that comes too slowly still ends before timeoutSeconds; each look wakes an idle server.
 */
const checkingInterval = 500

/**
 * The webhook server, not listening yet. Callers are taken for hostile: anyone on the pod network can reach
 * the port, so every body, header and idle connection is bounded.
 */
export function buildApp(deps: AppDeps): App {
  const { config, metrics } = deps
  const app = fastify({
    serverFactory: (others) => reviewServer(deps, others),
    clientErrorHandler: (error, socket) => {
      if (isLate(error) && connections.mayBeSilent(socket)) return
      const code = hangUp(error, socket)
      if (code !== undefined) metrics.rejected(code)
    },
    frameworkErrors: (_error, _request, reply) =>
      say(deps, reply.hijack().raw, 400, 'the path cannot be read'),
    forceCloseConnections: 'idle',
    // Fastify's own answer while it closes would be a failed admission; here such a request is judged like any other.
    return503OnClosing: false,
    exposeHeadRoutes: false
  })
  const connections = shareConnections(app.server, config.maxConnections, metrics)
  for (const url of Object.keys(endpoints)) {
    app.route({ method: otherMethods, url, handler: sayBy(deps, 405, () => 'use POST') })
  }
  const paths = Object.keys(endpoints).join(', ')
  app.setNotFoundHandler(sayBy(deps, 404, (path) => `no webhook at ${path}: use ${paths}`))
  app.setErrorHandler((error, _request, reply) => fail(deps, reply.hijack().raw, error))
  // Bodies of all other requests are not read.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
  return { app, connections }
}

/**
 * The server on which reviews are answered, and all else by `others`. A review passes Fastify by: its routes, hooks,
 * parser and reply would take a fifth of the time.
 */
function reviewServer(deps: AppDeps, others: RequestListener): Server {
  const { config, keyPair } = deps
  const firstPatience = Math.min(handshakePatience, config.requestTimeout)
  const options = {
    ...secureOptions(config, keyPair),
    handshakeTimeout: firstPatience,
    connectionsCheckingInterval: checkingInterval,
    headersTimeout: firstPatience,
    requestTimeout: config.requestTimeout,
    // One timer for a connection's whole life: Node would set two anew for every request.
    keepAliveTimeout: 0
  }
  const review = answerReviews(deps)
  const decideAt = new Map(Object.entries(endpoints))
  const server = createServer(options, (request, response) => {
    const path = pathOf(request.url ?? '')
    const decide = request.method === 'POST' ? decideAt.get(path) : undefined
    if (decide === undefined) others(request, response)
    else review(path, decide, request, response)
  })
  server.setTimeout(idlePatience)
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) =>
    say(deps, response, 417, 'no Expect but 100-continue can be met')
  )
  return server
}

type AnswerReview = (
  endpoint: string,
  decide: Decide,
  request: IncomingMessage,
  response: ServerResponse
) => void

/** 200 whenever the UID is known: what was decided is in the review, never in the status code. */
function answerReviews(deps: AppDeps): AnswerReview {
  const { admission, config } = deps
  const hold = bodyBudget(largestBodies * config.bodyLimit)
  const limits = { bodyLimit: config.bodyLimit, hold }
  return (endpoint, decide, request, response) => {
    readBody(request, limits, (body) => {
      try {
        const read = Buffer.isBuffer(body) ? parseBody(body) : { refusal: body }
        if ('refusal' in read) refuse(deps, response, read.refusal)
        else answer(deps, endpoint, () => decide(admission, read.value), response)
      } catch (error) {
        fail(deps, response, error)
      }
    })
  }
}

function answer(
  deps: AppDeps,
  endpoint: string,
  decide: () => Outcome,
  response: ServerResponse
): void {
  const began = performance.now()
  const outcome = decide()
  if (outcome.kind === 'unanswerable') {
    say(deps, response, 400, outcome.message)
    return
  }
  deps.log.decision(endpoint, outcome.record, performance.now() - began)
  deps.metrics.decided(endpoint, outcome.record)
  sendJson(response, 200, reviewText(outcome.review), closing(deps))
}

const closeHeaders: readonly string[] = ['connection', 'close']
const closing = ({ draining }: AppDeps): readonly string[] => (draining() ? closeHeaders : [])

/** Whoever sends no review is no API server, and is not waited for. */
function say(
  { metrics }: AppDeps,
  response: ServerResponse,
  code: number,
  message: string,
  headers: readonly string[] = []
): void {
  metrics.rejected(code)
  sendJson(response, code, JSON.stringify({ message }), [...closeHeaders, ...headers])
}

/** kube-apiserver repeats a review for this header, within the webhook's timeoutSeconds (client-go rest/with_retry.go). */
const again: readonly string[] = ['retry-after', '1']

function refuse(deps: AppDeps, response: ServerResponse, { code, message }: Refusal): void {
  say(deps, response, code, message, code === 429 ? again : [])
}

const sayBy =
  (deps: AppDeps, code: number, message: (url: string) => string) =>
  (request: FastifyRequest, reply: FastifyReply): void =>
    say(deps, reply.hijack().raw, code, message(request.url), code === 405 ? ['allow', 'POST'] : [])

/** An internal error is a 500, and the failurePolicy of the webhook decides. */
function fail(deps: AppDeps, response: ServerResponse, error: unknown): void {
  deps.log.logger.error({ err: error }, 'internal error')
  if (!response.headersSent) say(deps, response, 500, 'internal error: see the log')
}
