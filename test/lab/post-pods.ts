import { Agent, request } from 'node:https'
import type { Cluster } from './cluster.ts'

/** What became of one pod; a connection that breaks has the code 0. */
export interface Posted {
  readonly code: number
  readonly text: string
}

/** Sends one pod to the API server again and again. */
export interface PodPoster {
  readonly post: () => Promise<Posted>
  readonly close: () => void
}

/** `pod` is JSON, `query` as in `?dryRun=All`; at most so many connections, which stay open until `close`. */
export function postPods(
  { identities: { admin, ca }, server }: Cluster,
  { namespace, pod, connections, query = '' }: PostOptions
): PodPoster {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const options = {
    agent,
    ca: ca.cert,
    cert: admin.cert,
    key: admin.key,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(pod) }
  }
  const url = new URL(`${server}/api/v1/namespaces/${namespace}/pods${query}`)
  const post = (): Promise<Posted> =>
    new Promise((resolve) => {
      const broken = (error: Error): void => resolve({ code: 0, text: error.message })
      const sent = request(url, options, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        response.on('error', broken)
        response.on('end', () => resolve({ code: response.statusCode ?? 0, text }))
      })
      sent.on('error', broken)
      sent.end(pod)
    })
  return { post, close: () => agent.destroy() }
}

/** What is sent, and where. */
export interface PostOptions {
  readonly namespace: string
  readonly pod: string
  readonly connections: number
  readonly query?: string
}
