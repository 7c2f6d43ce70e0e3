import { Writable } from 'node:stream'
import { Exec, type KubeConfig, type V1Status } from '@kubernetes/client-node'

/** Which container, and the program with its arguments: no shell is involved. */
export interface ExecRequest {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly command: readonly string[]
}

/** What the program wrote, or why there is nothing: refused by the API server (RBAC), no such pod any more, or failed. */
export type Executed =
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'forbidden'; readonly why: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly why: string }

/** Bytes of output: a proxy that floods must not fill the doctor's memory. */
const mostBytes = 4 * 1024 * 1024

/** Characters of a program's last words that a sentence takes. */
const mostWords = 200

/**
 * Runs one program in a container, over a WebSocket, and collects what it writes; `patience` is
 * milliseconds. Never throws.
 */
export function execInPod(
  config: KubeConfig,
  request: ExecRequest,
  patience = 15_000
): Promise<Executed> {
  const { namespace, pod, container, command } = request
  const out = sink()
  const err = sink()
  return new Promise((resolve) => {
    let close = (): void => undefined
    const end = (executed: Executed): void => {
      clearTimeout(timer)
      close()
      resolve(executed)
    }
    const fail = (why: string): void => end({ kind: 'failed', why })
    const timer = setTimeout(() => fail(`no answer within ${patience / 1000} s`), patience)
    const done = (status: V1Status): void => end(outcome(status, out, err))
    new Exec(withHandshakeTimeout(config, patience))
      .exec(namespace, pod, container, [...command], out.stream, err.stream, null, false, done)
      .then((socket) => {
        // A closing handshake with what does not answer would keep the program alive for 30 seconds.
        close = () => socket.terminate()
        socket.onclose = () => fail('the connection ended before the program did')
      })
      .catch((error: unknown) => end(refusal(error)))
  })
}

/** ws, which is given these options, ends an upgrade that nobody answers; client-node would wait for ever. */
function withHandshakeTimeout(config: KubeConfig, handshakeTimeout: number): KubeConfig {
  const limited: KubeConfig = Object.create(config)
  limited.applyToHTTPSOptions = async (options) => {
    await config.applyToHTTPSOptions(options)
    Object.assign(options, { handshakeTimeout })
  }
  return limited
}

interface Sink {
  readonly stream: Writable
  readonly text: () => string
  readonly full: () => boolean
}

function sink(): Sink {
  const chunks: Buffer[] = []
  let bytes = 0
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length
      if (bytes <= mostBytes) chunks.push(chunk)
      done()
    }
  })
  return {
    stream,
    text: () => Buffer.concat(chunks).toString('utf8'),
    full: () => bytes > mostBytes
  }
}

function outcome({ status, message }: V1Status, out: Sink, err: Sink): Executed {
  if (out.full()) return { kind: 'failed', why: `more than ${mostBytes} bytes of output` }
  if (status === 'Success') return { kind: 'answered', text: out.text() }
  const said = err.text().trim().split('\n').at(-1)?.slice(0, mostWords) ?? ''
  return { kind: 'failed', why: said === '' ? (message ?? 'the program failed') : said }
}

/** ws tells the status of a refused upgrade in its message alone: `Unexpected server response: 403`. */
function refusal(error: unknown): Executed {
  const { message } = error as { readonly message?: unknown }
  const why = typeof message === 'string' ? message : String(error)
  if (why.endsWith(' 403')) return { kind: 'forbidden', why: 'exec is forbidden' }
  return why.endsWith(' 404') ? { kind: 'gone' } : { kind: 'failed', why }
}
