import type { KeyPair } from '../../../src/certificates/key-pair.ts'
import type { JsonObject } from '../../../src/kubernetes/json.ts'
import { pathOf, renderedOf } from '../../../src/verify/objects/chart-kinds.ts'
import type { Install } from '../../../src/verify/objects/expected-objects.ts'
import type { Reply } from '../../cluster/stand-in-api.ts'
import { installedObjects } from '../../verify/objects/install.ts'
import { onSocket, plain, running } from '../../verify/pods/pods.ts'
import { injector, mutating, validating } from '../../verify/webhooks/configurations.ts'

/** Objects by the path of their list, or of one object. */
export type Objects = Readonly<Record<string, readonly unknown[] | JsonObject | Reply>>

const socket = { name: 'v0', hostPath: { path: '/run/spire/agent-sockets' } }
const labels = { 'spiffe-webhook/injection': 'enabled', 'istio-injection': 'enabled' }

const daemonSet = {
  metadata: { name: 'tbot', namespace: 'spire-system' },
  spec: {
    template: {
      spec: {
        serviceAccountName: 'tbot',
        containers: [{ volumeMounts: [{ name: 'v0' }] }],
        volumes: [socket]
      }
    }
  },
  status: { desiredNumberScheduled: 1, numberReady: 1 }
}

const agentPod = {
  ...running(plain, {
    name: 'tbot-a',
    namespace: 'spire-system',
    ownerReferences: [{ kind: 'DaemonSet', name: 'tbot', controller: true }]
  }),
  spec: { nodeName: 'node-a', serviceAccountName: 'tbot', containers: [], volumes: [socket] }
}

/** The API paths that verify reads. */
export const paths = {
  csiDriver: '/apis/storage.k8s.io/v1/csidrivers/csi.spiffe.io',
  csiNodes: '/apis/storage.k8s.io/v1/csinodes',
  nodes: '/api/v1/nodes',
  daemonSets: '/apis/apps/v1/daemonsets',
  mutating: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  validating: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
  policy: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/spiffe-webhook',
  bindings: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
  deployment: '/apis/apps/v1/namespaces/spiffe-webhook/deployments/spiffe-webhook',
  configMap: '/api/v1/namespaces/spiffe-webhook/configmaps/spiffe-webhook',
  namespaces: '/api/v1/namespaces',
  volumes: '/api/v1/persistentvolumes',
  pods: '/api/v1/pods',
  secret: '/api/v1/namespaces/spiffe-webhook/secrets/spiffe-webhook-tls',
  roots: '/api/v1/namespaces/sock-shop/configmaps/istio-ca-root-cert'
} as const

const base64 = (pem: string): string => Buffer.from(pem).toString('base64')

/** Our configurations with this caBundle; their Service is nobody's name, so the Secret must do. */
export const withBundle = (object: JsonObject, bundle: string): JsonObject => ({
  ...object,
  webhooks: (object.webhooks as readonly JsonObject[]).map((webhook) => ({
    ...webhook,
    clientConfig: { ...(webhook.clientConfig as JsonObject), caBundle: base64(bundle) }
  }))
})

/** A cluster where everything is right. */
export const healthy = (ca: KeyPair, leaf: KeyPair, istiod: KeyPair): Objects => ({
  '/version': { gitVersion: 'v1.37.2' },
  [paths.csiDriver]: {
    metadata: { labels: { 'security.openshift.io/csi-ephemeral-volume-profile': 'restricted' } },
    spec: {
      attachRequired: false,
      podInfoOnMount: true,
      fsGroupPolicy: 'None',
      volumeLifecycleModes: ['Ephemeral']
    }
  },
  [paths.nodes]: [{ metadata: { name: 'node-a' } }],
  [paths.csiNodes]: [
    { metadata: { name: 'node-a' }, spec: { drivers: [{ name: 'csi.spiffe.io' }] } },
    { metadata: { name: 'node-w' }, spec: { drivers: null } }
  ],
  [paths.daemonSets]: [daemonSet, { metadata: { name: 'kube-proxy', namespace: 'kube-system' } }],
  [paths.mutating]: [injector(), withBundle(mutating(), ca.cert)],
  [paths.validating]: [withBundle(validating(), ca.cert)],
  [paths.bindings]: [],
  [paths.namespaces]: [{ metadata: { name: 'sock-shop', labels } }],
  [`${paths.namespaces}/sock-shop`]: { metadata: { name: 'sock-shop', labels } },
  [paths.volumes]: [{ metadata: { name: 'pv' }, spec: { hostPath: { path: '/srv' } } }],
  [paths.pods]: [onSocket, agentPod],
  '/api/v1/namespaces/sock-shop/pods': [onSocket],
  [paths.secret]: { data: { 'tls.crt': base64(leaf.cert) } },
  [paths.roots]: { data: { 'root-cert.pem': istiod.cert } }
})

/** The objects of the chart by their paths, after an installation. */
export const chartObjects = (of: Install): Objects =>
  Object.fromEntries(
    [...installedObjects(of).values()].flatMap((object) => {
      const rendered = renderedOf(object, of.namespace)
      return rendered === undefined ? [] : [[pathOf(rendered), object]]
    })
  )

/** Answers from objects; what is not there is 404. */
export const answerFrom =
  (objects: Objects) =>
  ({ pathname }: URL): Reply => {
    const found = objects[pathname]
    if (found === undefined) return { status: 404, body: { message: 'not found' } }
    if (typeof found === 'string') return found
    if (Array.isArray(found)) return { status: 200, body: { items: found } }
    return 'status' in found && typeof found.status === 'number'
      ? (found as Reply)
      : { status: 200, body: found }
  }

/** What the API server says to those who may not. */
export const forbidden: Reply = { status: 403, body: { message: 'it is forbidden' } }
