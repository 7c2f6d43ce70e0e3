import { request } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'

/** What an API server said of one request. */
export interface Said {
  readonly code: number
  /** The Status message of a refusal, or empty. */
  readonly message: string
  /** The texts of the Warning headers. */
  readonly warnings: readonly string[]
}

/** One request as a certain user, with the rights of a cluster administrator beside the user's own groups. */
export interface Asked {
  /** PATCH sends a JSON merge patch. */
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly username?: string
  readonly groups?: readonly string[]
}

/** Sends one request and answers what was said of it; only a broken connection is an error. */
export async function ask(config: KubeConfig, asked: Asked): Promise<Said> {
  const server = config.getCurrentCluster()?.server
  if (server === undefined) throw new Error('the kubeconfig names no cluster')
  const options = { method: asked.method, headers: headersOf(asked) }
  await config.applyToHTTPSOptions(options)
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body)
  return new Promise((resolve, reject) => {
    const sent = request(new URL(asked.path, server), options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const code = response.statusCode ?? 0
        const text = Buffer.concat(chunks).toString()
        resolve({
          code,
          message: code < 300 ? '' : messageOf(text),
          warnings: warningsOf(response.headers.warning)
        })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function headersOf({ method, username, groups = [] }: Asked): Record<string, string | string[]> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const content = { 'content-type': type }
  if (username === undefined) return content
  const all = [...groups, 'system:authenticated', 'system:masters']
  return { ...content, 'impersonate-user': username, 'impersonate-group': all }
}

function messageOf(text: string): string {
  try {
    const status: { readonly message?: string } = JSON.parse(text)
    return status.message ?? text
  } catch {
    return text
  }
}

/** RFC 7234 warn-code, warn-agent and quoted warn-text, several to a header. */
function warningsOf(header: string | undefined): readonly string[] {
  const texts = [...(header ?? '').matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)]
  return texts.map(([, quoted = '""']) => quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1'))
}
