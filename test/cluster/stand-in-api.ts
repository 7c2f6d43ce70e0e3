import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { KubeConfig } from '@kubernetes/client-node'
import type { Test } from 'tap'
import { stringify } from 'yaml'

/** What the stand-in answers to one request: a status with JSON, silence, or the end of the connection. */
export type Reply =
  | { readonly status: number; readonly body?: unknown; readonly date?: string }
  | 'silence'
  | 'hangUp'

/** What a stand-in program in a container does: frames of channel and text, then the connection ends. */
export interface Program {
  /** Refuses the upgrade with this status. */
  readonly refuse?: number
  /** 1 is stdout, 2 stderr, 3 the Status at the end (v5.channel.k8s.io). */
  readonly frames?: readonly (readonly [number, string])[]
  /** True: nothing is sent, and the connection stays. */
  readonly silent?: boolean
  /** True: not even the upgrade is answered. */
  readonly deaf?: boolean
}

/** How a stand-in behaves. */
export interface Behaviour {
  readonly get: (url: URL) => Reply
  readonly exec?: (url: URL) => Program
}

/** A stand-in for an API server: it speaks HTTP and WebSocket, and knows nothing of Kubernetes. */
export interface StandIn {
  readonly config: KubeConfig
  readonly kubeconfig: string
  readonly asked: readonly string[]
  /** Connections of programs that have ended. */
  readonly ended: () => number
}

/** Starts one on a free port, with a kubeconfig for it. */
export async function standIn(t: Test, { get, exec }: Behaviour): Promise<StandIn> {
  const asked: string[] = []
  let ended = 0
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const reply = get(new URL(request.url ?? '/', 'http://stand-in'))
    if (reply === 'silence') return
    if (reply === 'hangUp') {
      request.socket.destroy()
      return
    }
    const date = reply.date === undefined ? {} : { date: reply.date }
    response.writeHead(reply.status, { 'content-type': 'application/json', ...date })
    response.end(reply.body === undefined ? '' : JSON.stringify(reply.body))
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    asked.push(`UPGRADE ${request.url}`)
    socket.on('end', () => {
      ended += 1
    })
    socket.resume()
    t.teardown(() => socket.destroy())
    play(request, socket, exec?.(new URL(request.url ?? '/', 'http://stand-in')) ?? { refuse: 404 })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const folder = mkdtempSync(join(tmpdir(), 'spiffe-webhook-stand-in-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const { port } = server.address() as AddressInfo
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, stringify(describe(`http://127.0.0.1:${port}`)))
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  return { config, kubeconfig, asked, ended: () => ended }
}

/** client-node sends plain HTTP only where the certificate would not be looked at either. */
const describe = (server: string): object => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
  users: [{ name: 'u', user: { token: 't' } }],
  contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'x'
})

/** RFC 6455: the handshake, then one unmasked frame for each message. */
function play(request: IncomingMessage, socket: Duplex, program: Program): void {
  socket.on('error', () => undefined)
  if (program.deaf === true) return
  if (program.refuse !== undefined) {
    socket.end(`HTTP/1.1 ${program.refuse} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
    return
  }
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64')
  const headers = ['upgrade: websocket', 'connection: Upgrade', `sec-websocket-accept: ${accept}`]
  const protocol = 'sec-websocket-protocol: v5.channel.k8s.io'
  socket.write(`HTTP/1.1 101 Yes\r\n${[...headers, protocol].join('\r\n')}\r\n\r\n`)
  if (program.silent === true) return
  for (const [channel, text] of program.frames ?? []) socket.write(frame(channel, text))
  setTimeout(() => socket.end(Buffer.from([0x88, 0])), 50).unref()
}

function frame(channel: number, text: string): Buffer {
  const payload = Buffer.concat([Buffer.from([channel]), Buffer.from(text)])
  const length = Buffer.alloc(10)
  length[0] = 0x82
  length[1] = 127
  length.writeBigUInt64BE(BigInt(payload.length), 2)
  return Buffer.concat([length, payload])
}
