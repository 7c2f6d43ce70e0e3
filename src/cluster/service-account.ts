import { existsSync, readFileSync } from 'node:fs'
import { Agent, type RequestOptions } from 'node:https'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import type { Access } from './access.ts'

/** Where kubelet mounts token and CA of a pod's service account (client-go rest/config.go, InClusterConfig). */
export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The API server of the pod's own cluster, or undefined outside a pod. The files are read for each request: kubelet
 * replaces the token within its hour. Connections stay open as long as the CA is the same.
 */
export function serviceAccount(
  folder: string = serviceAccountFolder,
  environment: Environment = process.env
): Access | undefined {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = environment
  if (host === '' || port === '' || !existsSync(join(folder, 'token'))) return undefined
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`
  const agentOf = keepAgent()
  return {
    getCurrentCluster: () => ({ server }),
    applyToHTTPSOptions: async (options) => {
      const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
      const [token, ca] = [read('token'), read('ca.crt')]
      const headers = { ...options.headers, authorization: `Bearer ${token.trim()}` }
      Object.assign(options, { agent: agentOf(ca), headers } satisfies RequestOptions)
    }
  }
}

function keepAgent(): (ca: string) => Agent {
  let kept: { readonly ca: string; readonly agent: Agent } | undefined
  return (ca) => {
    if (kept?.ca === ca) return kept.agent
    kept?.agent.destroy()
    kept = { ca, agent: new Agent({ ca, keepAlive: true, maxSockets: 1 }) }
    return kept.agent
  }
}
