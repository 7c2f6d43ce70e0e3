import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../lab/cluster.ts'
import { until } from '../../lab/until.ts'
import { addressOf, namespaces, peer } from './peers.ts'

/** The namespace of the gateway, its name and its service account. */
export const edge = 'edge'

const nodePort = 30_080

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: edge, namespace: edge },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: edge } },
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: {
        labels: { app: edge, 'sidecar.istio.io/inject': 'true' },
        annotations: { 'inject.istio.io/templates': 'gateway' }
      },
      spec: {
        serviceAccountName: edge,
        terminationGracePeriodSeconds: 40,
        containers: [
          {
            name: 'istio-proxy',
            image: 'auto',
            imagePullPolicy: 'IfNotPresent',
            resources: { requests: { cpu: '50m', memory: '32Mi' } },
            lifecycle: { preStop: { sleep: { seconds: 10 } } }
          }
        ]
      }
    }
  }
}

const routing = [
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: edge, namespace: edge },
    spec: {
      selector: { app: edge },
      servers: [{ port: { number: 8080, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }]
    }
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: edge, namespace: edge },
    spec: {
      hosts: ['*'],
      gateways: [edge],
      http: namespaces.map((namespace) => ({
        match: [{ uri: { prefix: `/${namespace}` } }],
        rewrite: { uri: '/' },
        route: [{ destination: { host: addressOf(namespace), port: { number: 80 } } }]
      }))
    }
  }
]

const allow = (trustDomain: string): readonly object[] =>
  namespaces.map((namespace) => ({
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: edge, namespace },
    spec: {
      selector: { matchLabels: { app: peer } },
      action: 'ALLOW',
      rules: [{ from: [{ source: { principals: [`${trustDomain}/ns/${edge}/sa/${edge}`] } }] }]
    }
  }))

/** Deploys a gateway of two replicas to the peers, which let it in by its principal. */
export async function deployGateway(cluster: Cluster, trustDomain: string): Promise<void> {
  await cluster.namespace(edge, { 'istio-injection': 'enabled' })
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: edge, namespace: edge } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: edge, namespace: edge },
      spec: {
        type: 'NodePort',
        selector: { app: edge },
        ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort }]
      }
    },
    ...allow(trustDomain),
    ...routing,
    deployment
  ]
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  await cluster.kubectl(['apply', '-f', '-'], { input })
  const rollout = ['rollout', 'status', `deployment/${edge}`, '--timeout=180s']
  await cluster.kubectl(['-n', edge, ...rollout])
}

/** What came of the requests through the gateway since it was asked last. */
export interface EdgeCount {
  readonly requests: number
  readonly failures: readonly string[]
}

async function status(url: string): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(url, { agent: false, timeout: 20_000 }, (response) => {
      response.resume()
      response.on('end', () => resolve(String(response.statusCode)))
    })
    sent.once('timeout', () => sent.destroy(new Error('timeout')))
    sent.once('error', (error) => resolve(error.message))
    sent.end()
  })
}

/** Calls every peer through the gateway from outside the mesh, without a pause, a connection for each request. */
export async function callThroughGateway(
  nodeAddress: string
): Promise<{ readonly take: () => EdgeCount; readonly stop: () => Promise<void> }> {
  let [requests, ended] = [0, false]
  let failures: string[] = []
  const urls = namespaces.map((namespace) => `http://${nodeAddress}:${nodePort}/${namespace}`)
  for (const url of urls) {
    await until(`the gateway answering for ${url}`, async () => (await status(url)) === '200', {
      seconds: 60
    })
  }
  const streams = urls.map(async (url) => {
    while (!ended) {
      const said = await status(url)
      requests++
      if (said !== '200') failures.push(`${url}: ${said}`)
      await sleep(200)
    }
  })
  return {
    take: () => {
      const taken = { requests, failures }
      requests = 0
      failures = []
      return taken
    },
    stop: async () => {
      ended = true
      await Promise.all(streams)
    }
  }
}
