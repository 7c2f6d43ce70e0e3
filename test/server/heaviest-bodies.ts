import { Agent, request } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import { mostValues } from '../../src/server/parse-body.ts'
import { defaultConfig } from '../config/default-config.ts'

/** Where the hostile callers go. */
export interface Target {
  readonly host: string
  readonly port: number
}

const { bodyLimit } = defaultConfig.server
const values = mostValues - 10

const listOf = (count: number, item: (index: number) => string): string =>
  `{"a":[${Array.from({ length: count }, (_, index) => item(index)).join(',')}]}`

const review = (object: object): string =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'hostile',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'shop',
      object
    }
  })

const podOf = (containers: readonly object[], annotations: object): object => ({
  metadata: { name: 'hostile', annotations },
  spec: { containers }
})

const container = { name: 'a', image: 'b' }
const annotated = (annotations: object): string => review(podOf([container], annotations))

const containers = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, index) => ({ name: `a${index}` }))

/**
 * Reviews that the rules would pay most for: annotations of two bytes a character, an annotation that holds a list of
 * 2,700,000 objects, and containers that all ask for the socket.
 */
const reviews: readonly string[] = [
  annotated(
    Object.fromEntries(
      Array.from({ length: values - 100 }, (_, index) => [`ā${index}`, `ā${index.toString(36)}`])
    )
  ),
  annotated({ 'sidecar.istio.io/userVolume': `[${'{},'.repeat(2_700_000)}{}]` }),
  review(podOf(containers(values / 2 - 100), { 'spiffe-webhook/app-containers': '*' }))
]

/**
 * Bodies within every limit that V8 pays most for: each value a key of one object; an object for every second value, with
 * a key of its own or a number as its key; depth; one string, of one byte a character and of two; a body cut off.
 */
const bodies: readonly string[] = [
  ...reviews,
  `{${Array.from({ length: values }, (_, index) => `"k${index}":1`).join(',')}}`,
  listOf(values / 2, (index) => `{"k${index}":1}`),
  listOf(values / 2, (index) => `{"${(index % 90) + 10}":1}`),
  `${'{"a":'.repeat(values)}1${'}'.repeat(values)}`,
  JSON.stringify({ x: 'y'.repeat(bodyLimit - 100) }),
  JSON.stringify({ x: `ā${'y'.repeat(bodyLimit - 100)}` }),
  '['.repeat(values)
]

const head = (length: number): string =>
  `POST /inject HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`

/** The largest body that counts as ordinary, without its end. */
const half = `${head(65_536)}${'['.repeat(65_000)}`

/** A connection with half a body on it, or one that is closed already. */
function holdHalf({ host, port }: Target): Promise<TLSSocket> {
  const socket = connect({ host, port, rejectUnauthorized: false }, () => socket.write(half))
  socket.on('error', () => undefined).resume()
  return new Promise((resolve) => {
    const settle = (): void => resolve(socket)
    socket.once('secureConnect', settle).once('close', settle)
  })
}

/** Connections that hold half an ordinary body each. */
interface Halves {
  /** How many the server holds now. */
  readonly open: () => number
  readonly release: () => void
}

/** Opens so many; each that the server closes comes back. */
async function holdHalves(target: Target, count: number): Promise<Halves> {
  const sockets = new Set<TLSSocket>()
  let over = false
  const come = async (): Promise<void> => {
    const socket = await holdHalf(target)
    if (over) socket.destroy()
    if (socket.destroyed) return
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      if (!over) setTimeout(() => void come(), 50)
    })
  }
  for (let begun = 0; begun < count; begun += 50) {
    await Promise.all(Array.from({ length: Math.min(50, count - begun) }, come))
  }
  return {
    open: () => sockets.size,
    release: () => {
      over = true
      for (const socket of sockets) socket.destroy()
    }
  }
}

/** The status code of the answer, or 0 for a connection that broke: who is refused may be cut off while sending. */
function post({ host, port }: Target, agent: Agent, path: string, body: string): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body)
  }
  return new Promise((resolve) => {
    const asked = request({ host, port, agent, path, method: 'POST', headers }, (response) => {
      response.resume().once('close', () => resolve(response.statusCode ?? 0))
    })
    asked.once('error', () => resolve(0)).end(body)
  })
}

/** What a flood of the heaviest bodies is made of. */
export interface HeaviestOptions {
  readonly milliseconds: number
  /** Callers who each send one body after the other. */
  readonly connections: number
  /** Connections beside them that hold half a body, until the server closes them. */
  readonly halves: number
}

/** What became of it. */
export interface Heaviest {
  /** How often each status code came; 0 for a connection that broke. */
  readonly codes: ReadonlyMap<number, number>
  /** The most half bodies that the server held at once. */
  readonly held: number
}

/** Sends the heaviest bodies to every path in turn. */
export async function sendHeaviest(
  target: Target,
  { milliseconds, connections, halves }: HeaviestOptions
): Promise<Heaviest> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, rejectUnauthorized: false })
  const holding = await holdHalves(target, halves)
  let held = 0
  const counts = new Map<number, number>()
  const paths = ['/inject', '/guard/enforce', '/guard/warn']
  const end = performance.now() + milliseconds
  let sent = 0
  const caller = async (): Promise<void> => {
    while (performance.now() < end) {
      const body = bodies[sent % bodies.length] ?? ''
      const path = paths[sent % paths.length] ?? ''
      sent++
      const code = await post(target, agent, path, body)
      counts.set(code, (counts.get(code) ?? 0) + 1)
      held = Math.max(held, holding.open())
    }
  }
  await Promise.all(Array.from({ length: connections }, caller))
  agent.destroy()
  holding.release()
  return { codes: counts, held }
}
