import { existsSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { stringify } from 'yaml'
import { createAdmission } from '../admission/admission.ts'
import type { AdmissionReview } from '../admission/review.ts'
import { makeCa, makeLeaf } from '../certificates/self-signed.ts'
import { parseConfig } from '../config/parse.ts'
import { isObject } from '../kubernetes/json.ts'
import type { Operation } from '../kubernetes/operation.ts'
import { applyToValue } from '../manifests/apply-operations.ts'
import { startServer } from '../server/server.ts'
import { makeLog } from '../telemetry/log.ts'
import { type Command, exitCodes, type Io } from './command.ts'
import { readFlags } from './flags.ts'
import { usageErrors } from './settings.ts'
import { unifiedDiff } from './unified-diff.ts'

const usage = `Usage: spiffe-webhook demo

Starts the real server over TLS with a fresh certificate and plays the API server with AdmissionReviews that were
recorded from a real one: what happens to an Istio-injected pod, and to five attempts on the raw socket. No cluster.
Runs in a checkout: the recorded reviews are test/fixtures/reviews.
`

const reviews = join(import.meta.dirname, '../../test/fixtures/reviews')

/** Five attempts on the socket: by which road, and the recorded review of it. */
const attempts: readonly (readonly [string, string])[] = [
  ['a pod that mounts the socket', 'guard-pod-raw-socket.json'],
  [
    "a DaemonSet's pod that mounts an ancestor, through the link /var/run",
    'guard-daemonset-pod.json'
  ],
  ['a CronJob that mounts all of the node', 'guard-cronjob-root.json'],
  ['a PersistentVolume, with a double slash', 'guard-pv-host-path.json'],
  ['an ephemeral container in a pod that mounts the socket', 'guard-ephemeral-container.json']
]

async function run(args: readonly string[], io: Io): Promise<number> {
  const read = readFlags(args, { help: { type: 'boolean', short: 'h' } })
  if ('errors' in read) {
    usageErrors('demo', read.errors, io)
    return exitCodes.usage
  }
  if (read.flags.on('help')) {
    io.out(usage)
    return exitCodes.clean
  }
  if (!existsSync(reviews)) {
    throw new Error(`${reviews} is not there: run the demo from a checkout`)
  }
  const { ask, stop } = await startDemoServer()
  try {
    io.out(
      'The server is real, its certificate fresh; recorded AdmissionReviews stand in for the API server.\n'
    )
    const moved = await showInjection(ask, io)
    const refused = await showAttempts(ask, io)
    return moved && refused ? exitCodes.clean : exitCodes.findings
  } finally {
    await stop()
  }
}

type Ask = (path: string, body: string) => Promise<AdmissionReview>

async function startDemoServer(): Promise<{
  readonly ask: Ask
  readonly stop: () => Promise<void>
}> {
  const parsed = parseConfig({
    server: { host: '127.0.0.1', port: 0, probesPort: 0, drainDelay: 0 }
  })
  if ('errors' in parsed) throw new Error(parsed.errors.join('\n'))
  const validity = { now: Date.now(), lifetime: 3600 }
  const ca = await makeCa(validity)
  const pair = await makeLeaf(ca, ['localhost'], validity)
  const server = await startServer({
    admission: createAdmission(parsed.config),
    config: parsed.config.server,
    keyPairs: {
      current: () => pair,
      onChange: () => () => undefined,
      notReady: () => [],
      stop: async () => undefined
    },
    log: makeLog({ level: 'error' })
  })
  const ask: Ask = (path, body) => post({ port: server.port, ca: ca.cert, path, body })
  return { ask, stop: server.drain }
}

interface Post {
  readonly port: number
  readonly ca: string
  readonly path: string
  readonly body: string
}

function post({ port, ca, path, body }: Post): Promise<AdmissionReview> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const options = {
      host: '127.0.0.1',
      servername: 'localhost',
      port,
      ca,
      path,
      method: 'POST',
      headers
    }
    const sent = request(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

async function showInjection(ask: Ask, io: Io): Promise<boolean> {
  const text = readFileSync(join(reviews, 'inject-native-sidecar-1st-call.json'), 'utf8')
  const { object } = JSON.parse(text).request
  const { response } = await ask('/inject', text)
  const operations: readonly Operation[] = JSON.parse(
    Buffer.from(response.patch ?? '', 'base64').toString() || '[]'
  )
  heading(`POST /inject: a sock-shop pod as Istio injected it, ${operations.length} operations`, io)
  const before = stringify(shown(object), { lineWidth: 0 })
  const after = stringify(shown(applyToValue(object, operations)), { lineWidth: 0 })
  io.out(unifiedDiff('front-end', before, after, io.colours))
  return response.allowed && operations.length > 0
}

/** The parts of the pod that a person would look at: who manages and owns it is left out. */
function shown(pod: unknown): object {
  const { metadata, spec } = isObject(pod) ? pod : {}
  const kept = Object.entries(isObject(metadata) ? metadata : {}).filter(
    ([key]) => key !== 'managedFields' && key !== 'ownerReferences'
  )
  return { metadata: Object.fromEntries(kept), spec }
}

async function showAttempts(ask: Ask, io: Io): Promise<boolean> {
  heading('POST /guard/enforce: five attempts on the raw socket', io)
  let refused = 0
  for (const [what, file] of attempts) {
    const { response } = await ask('/guard/enforce', readFileSync(join(reviews, file), 'utf8'))
    if (!response.allowed) refused += 1
    const verdict = response.allowed ? paint('red', 'ALLOWED', io) : paint('green', 'refused', io)
    io.out(`${verdict} ${what}\n  ${response.status?.message ?? ''}\n`)
  }
  io.out(`\n${refused} of ${attempts.length} refused.\n`)
  return refused === attempts.length
}

function heading(text: string, io: Io): void {
  io.out(`\n${paint('bold', text, io)}\n\n`)
}

function paint(format: 'bold' | 'red' | 'green', text: string, { colours }: Io): string {
  return colours ? styleText(format, text, { validateStream: false }) : text
}

/** `spiffe-webhook demo`. */
export const demo: Command = {
  summary: 'show what the webhook does, with recorded reviews',
  usage,
  run
}
