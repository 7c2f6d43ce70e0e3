import type { Cluster } from '../lab/cluster.ts'

/** The applications of the shop, each with a service account of its own name. */
export const apps = ['catalogue', 'front-end', 'orders'] as const

/** The namespace of the shop, labelled as the product's guides say. */
export const shop = 'sock-shop'

const deployment = (name: string, port: number, env: readonly object[], image: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: shop },
  spec: {
    selector: { matchLabels: { app: name } },
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        serviceAccountName: name,
        terminationGracePeriodSeconds: 2,
        containers: [{ name, image, args: [name], env, ports: [{ containerPort: port }] }]
      }
    }
  }
})

const service = (name: string, port: number): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: shop },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: port }] }
})

const account = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: shop }
})

const security = 'security.istio.io/v1'

/** Nothing but mutual TLS, and to the catalogue from the front end alone. */
const policies = (trustDomain: string): readonly object[] => [
  {
    apiVersion: security,
    kind: 'PeerAuthentication',
    metadata: { name: 'default', namespace: shop },
    spec: { mtls: { mode: 'STRICT' } }
  },
  {
    apiVersion: security,
    kind: 'AuthorizationPolicy',
    metadata: { name: 'catalogue', namespace: shop },
    spec: {
      selector: { matchLabels: { app: 'catalogue' } },
      action: 'ALLOW',
      rules: [{ from: [{ source: { principals: [`${trustDomain}/ns/${shop}/sa/front-end`] } }] }]
    }
  }
]

/** Deployments as a service owner writes them: not a word of identities, sidecars or sockets in them. */
export const deploySockShop = async (
  { kubectl }: Cluster,
  image: string,
  trustDomain: string
): Promise<void> => {
  const catalogueUrl = [{ name: 'CATALOGUE_URL', value: `http://catalogue.${shop}/` }]
  const items = [
    ...policies(trustDomain),
    ...apps.map(account),
    service('catalogue', 8080),
    deployment('catalogue', 8080, [], image),
    deployment('front-end', 8079, catalogueUrl, image),
    deployment('orders', 8079, catalogueUrl, image)
  ]
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  await kubectl(['apply', '-f', '-'], { input })
  for (const name of apps) {
    await kubectl(['-n', shop, 'rollout', 'status', `deployment/${name}`, '--timeout=90s'])
  }
}
