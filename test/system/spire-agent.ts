import type { Cluster } from '../lab/cluster.ts'
import type { SpireServer } from './spire.ts'

const namespace = 'spire-system'
const name = 'spire-agent'
const labels = { app: name }
const metadata = { name, namespace }

// The attestor asks the kubelet for its pods (fine-grained kubelet authorization, KEP-2862).
const rights = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name },
    rules: [{ apiGroups: [''], resources: ['nodes/pods'], verbs: ['get'] }]
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }]
  }
]

const container = (image: string): object => ({
  name,
  image,
  args: ['run', '-config', '/etc/spire/agent.json'],
  env: [{ name: 'MY_NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
  readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1 },
  securityContext: { privileged: true },
  volumeMounts: [
    { name: 'agent-socket', mountPath: '/run/spire/agent-sockets' },
    { name: 'config', mountPath: '/etc/spire' },
    { name: 'token', mountPath: '/var/run/secrets/tokens' },
    { name: 'data', mountPath: '/run/spire/data' }
  ]
})

const daemonSet = (image: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata,
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: name,
        hostPID: true,
        containers: [container(image)],
        volumes: [
          {
            name: 'agent-socket',
            hostPath: { path: '/run/spire/agent-sockets', type: 'DirectoryOrCreate' }
          },
          { name: 'config', configMap: { name } },
          { name: 'data', emptyDir: {} },
          {
            name: 'token',
            projected: {
              sources: [{ serviceAccountToken: { path: name, audience: 'spire-server' } }]
            }
          }
        ]
      }
    }
  }
})

/** Installs SPIRE's agent as the DaemonSet that the product's guide for SPIRE speaks of, and waits for it. */
export const installSpireAgent = async (
  { kubectl }: Cluster,
  server: SpireServer,
  image: string
): Promise<void> => {
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: await server.agentFiles() },
    ...rights,
    daemonSet(image)
  ]
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  await kubectl(['apply', '-f', '-'], { input })
  await kubectl(['-n', namespace, 'rollout', 'status', `daemonset/${name}`, '--timeout=90s'])
}
