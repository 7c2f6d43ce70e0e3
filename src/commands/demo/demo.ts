import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { AdmissionResponse } from '../../admission/review.ts'
import { guardPath } from '../../guard/guard-mode.ts'
import { injectEntry } from '../../inject/entry.ts'
import { isObject, type JsonObject } from '../../kubernetes/json.ts'
import type { Operation } from '../../kubernetes/operation.ts'
import { applyToValue } from '../../manifests/edit.ts'
import { unifiedDiff } from '../../terminal/diff.ts'
import { painter } from '../../terminal/paint.ts'
import { type Command, defineCommand } from '../command.ts'
import { exitCodes, type Io } from '../io.ts'
import { type Ask, startDemoServer } from './server.ts'

const reviews = join(import.meta.dirname, '../../../test/fixtures/reviews')

/** Attempts on the socket: by which way, and the recorded review of it. */
const attempts: readonly (readonly [what: string, file: string])[] = [
  ['a pod that mounts the socket', 'guard-pod-raw-socket.json'],
  [
    "a DaemonSet's pod that mounts an ancestor, through the link /var/run",
    'guard-daemonset-pod.json'
  ],
  ['a CronJob that mounts all of the node', 'guard-cronjob-root.json'],
  ['a PersistentVolume, with a double slash', 'guard-pv-host-path.json'],
  ['an ephemeral container in a pod that mounts the socket', 'guard-ephemeral-container.json']
]

/** What the guard must say of each. */
const wanted = 'HostPathReachesSocket'

/** `spiffe-webhook demo`. */
export const demo: Command = defineCommand({
  name: 'demo',
  synopsis: '',
  about: [
    'Starts the real server over TLS with a fresh certificate and plays the API server with AdmissionReviews that were recorded from a real one: what happens to an Istio-injected pod, and to five attempts on the raw socket. No cluster is needed. It runs in a checkout: the recorded reviews are in test/fixtures/reviews.'
  ],
  flags: {},
  exits: '0 every answer was the expected one, 1 some answer was not, 64 usage, 70 fault',
  run: async ({ io }) => {
    if (!existsSync(reviews)) {
      throw new Error(`${reviews} does not exist: run the demo from a checkout`)
    }
    const { ask, stop } = await startDemoServer()
    try {
      return { code: (await play(ask, io)) ? exitCodes.clean : exitCodes.findings }
    } finally {
      await stop()
    }
  }
})

/** Tells the whole story; false where an answer is not the expected one. `ask` may be a stand-in. */
export async function play(ask: Ask, io: Io): Promise<boolean> {
  io.out(
    'The server is real and so is its TLS; recorded AdmissionReviews stand in for the API server.\n'
  )
  const moved = await showInjection(ask, io)
  const refused = await showAttempts(ask, io)
  const guarded = moved !== undefined && (await showFinalPod(moved, ask, io))
  const paint = painter(io.colours)
  const good = refused && guarded
  io.out(good ? '' : `\n${paint('red', 'Not every answer is the expected one.')}\n`)
  return good
}

/** The review to send on, its pod as it was moved; undefined where it was not. */
async function showInjection(ask: Ask, io: Io): Promise<JsonObject | undefined> {
  const text = readFileSync(join(reviews, 'inject-native-sidecar-1st-call.json'), 'utf8')
  const review = JSON.parse(text)
  const { response } = await ask(injectEntry.path, text)
  const operations = operationsOf(response)
  const pod = applyToValue(review.request.object, operations)
  heading(`POST /inject: a sock-shop pod as Istio injected it, ${operations.length} operations`, io)
  const [before, after] = [review.request.object, pod].map((value) =>
    stringify(shown(value), { lineWidth: 0, indentSeq: false })
  )
  io.out(unifiedDiff('front-end', before ?? '', after ?? '', io.colours))
  if (!response.allowed || operations.length === 0) return undefined
  return { ...review, request: { ...review.request, object: pod } }
}

function operationsOf({ patch }: AdmissionResponse): readonly Operation[] {
  return patch === undefined ? [] : JSON.parse(Buffer.from(patch, 'base64').toString())
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
  const paint = painter(io.colours)
  let expected = 0
  for (const [what, file] of attempts) {
    const { response } = await ask(guardPath('enforce'), readFileSync(join(reviews, file), 'utf8'))
    const message = response.status?.message ?? ''
    if (!response.allowed && message.startsWith(`${wanted}: `)) expected += 1
    const verdict = response.allowed ? paint('red', 'ALLOWED') : paint('green', 'refused')
    io.out(`${verdict} ${what}\n        ${message}\n`)
  }
  io.out(`\n${expected} of ${attempts.length} refused.\n`)
  return expected === attempts.length
}

/** A guard that refuses everything would refuse the attempts too. */
async function showFinalPod(review: JsonObject, ask: Ask, io: Io): Promise<boolean> {
  heading(
    'POST /guard/enforce: the sock-shop pod from above in its recorded review, with and without the patch',
    io
  )
  const paint = painter(io.colours)
  const text = readFileSync(join(reviews, 'inject-native-sidecar-1st-call.json'), 'utf8')
  const moved = await ask(guardPath('enforce'), JSON.stringify(review))
  const unmoved = await ask(guardPath('enforce'), text)
  for (const [what, allowed, { response }] of [
    ['on the Workload API', true, moved],
    ['left on istiod, as a later webhook could do', false, unmoved]
  ] as const) {
    const word = response.allowed ? 'allowed' : 'refused'
    const message = response.status?.message ?? ''
    io.out(`${paint(response.allowed === allowed ? 'green' : 'red', word)} ${what}\n`)
    if (message !== '') io.out(`        ${message}\n`)
  }
  return moved.response.allowed && !unmoved.response.allowed
}

function heading(text: string, io: Io): void {
  io.out(`\n${painter(io.colours)('bold', text)}\n\n`)
}
