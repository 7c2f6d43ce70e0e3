import { Agent, request } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'

/** Envs that make a pod as large as one with a sidecar, about 8 KB. */
const env = Array.from({ length: 60 }, (_, i) => ({ name: `VARIABLE_${i}`, value: 'x'.repeat(80) }))

const podOf = (namespace: string, index: number, uid: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `crowd-${index}`,
    namespace,
    // Any object will do for the garbage collector; a ReplicaSet's controller would end what it did not make.
    ownerReferences: [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'kube-root-ca.crt', uid, controller: true }
    ]
  },
  spec: {
    nodeName: 'node-a',
    containers: [
      {
        name: 'istio-proxy',
        image: 'registry.test/proxyv2:1',
        args: ['proxy', 'sidecar'],
        env
      }
    ]
  }
})

/** How many pods, and the uid of ConfigMap kube-root-ca.crt of their namespace. */
export interface Crowd {
  readonly namespace: string
  readonly count: number
  readonly uid: string
}

/** Creates many pods by many requests at once: what they are is written straight into the API. */
export async function createPods(
  config: KubeConfig,
  { namespace, count, uid }: Crowd
): Promise<void> {
  const server = config.getCurrentCluster()?.server ?? ''
  const options = { method: 'POST', headers: { 'content-type': 'application/json' } }
  await config.applyToHTTPSOptions(options)
  const { ca, cert, key } = options as { ca?: string; cert?: string; key?: string }
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 16,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key })
  })
  const url = new URL(`/api/v1/namespaces/${namespace}/pods`, server)
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const body = JSON.stringify(podOf(namespace, next++, uid))
      await post(url, { ...options, agent }, body)
    }
  }
  await Promise.all(Array.from({ length: 16 }, worker))
  agent.destroy()
}

function post(url: URL, options: object, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      response.resume()
      response.once('end', () =>
        response.statusCode === 201
          ? resolve()
          : reject(new Error(`a pod was answered with ${response.statusCode}`))
      )
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
