import t from 'tap'
import { startCluster } from '../lab/start-cluster.ts'
import { type ChartName, chartPath, helm, tbotValues } from './helm.ts'

const caBundle = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'
const everything = {
  guard: { admissionPolicy: true, scope: 'cluster', nodePrivileges: 'deny' },
  verify: { exec: true, cronJob: { enabled: true, pushGateway: 'http://push:9091' } },
  networkPolicy: { apiServerBlocks: ['10.0.0.0/8'], monitoringPeers: [{ podSelector: {} }] }
}
const { tbot } = tbotValues

type Case = readonly [name: string, chart: ChartName, values: object, namespace?: string]

/** Values at the edge of what the schema takes. */
const cases: readonly Case[] = [
  ['defaults', 'spiffe-webhook', {}],
  ['everything', 'spiffe-webhook', everything],
  ['a long name', 'spiffe-webhook', { ...everything, nameOverride: `a${'-b'.repeat(30)}` }],
  ['a namespace of digits', 'spiffe-webhook', everything, '456'],
  [
    'lists of the guard',
    'spiffe-webhook',
    {
      guard: {
        admissionPolicy: true,
        allowedHostPaths: [{ pathPrefix: '/x' }],
        aliases: { '/a': '/b' },
        protectedPipes: [],
        deniedCsiDrivers: []
      },
      excludedNamespaces: []
    }
  ],
  [
    'the network of nodes, an autoscaler',
    'spiffe-webhook',
    {
      hostNetwork: true,
      server: { host: '::' },
      replicas: null,
      podDisruptionBudget: { maxUnavailable: '50%' }
    }
  ],
  [
    'files, and additions to the pod',
    'spiffe-webhook',
    {
      certificates: { mode: 'files', existingSecret: 'x', caBundle },
      extraEnv: [{ name: 'A', value: 'b' }],
      extraVolumes: [{ name: 'v', emptyDir: {} }],
      extraVolumeMounts: [{ name: 'v', mountPath: '/v' }],
      podAnnotations: { a: '1' },
      podLabels: { b: '2' },
      tolerations: [{ operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      imagePullSecrets: [{ name: 'p' }]
    }
  ],
  [
    'nothing that can be left out',
    'spiffe-webhook',
    {
      podSecurityContext: null,
      resources: null,
      nodeSelector: null,
      imagePullSecrets: null,
      failurePolicy: null,
      topologySpreadConstraints: [],
      priorityClassName: ''
    }
  ],
  ['tbot', 'workload-api', { ...tbotValues, imagePullSecrets: [{ name: 'p' }] }],
  [
    'tbot, otherwise',
    'workload-api',
    {
      trustDomain: '123',
      tbot: {
        ...tbot,
        maxUnavailable: '10%',
        nodesProxy: true,
        seLinuxOptions: { type: 'spc_t' },
        kubelet: { caConfigMap: 'x', address: 'custom', customAddress: '$(HOST_IP)' }
      },
      driver: { seLinuxOptions: { type: 'spc_t' } },
      selinux: { relabel: true },
      teleport: { join: { type: 'static_jwks', jwks: '{"keys":[]}' } },
      webhook: { namespace: '456' }
    },
    '456'
  ],
  ['external', 'workload-api', { provider: 'external' }]
]

await t.test('a real API server takes what the charts render', async (t) => {
  const cluster = await startCluster()
  t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
  for (const name of ['spiffe-webhook', 'spire-system', '456']) {
    await cluster.kubectl(['create', 'namespace', name])
  }
  for (const [name, chart, values, namespace] of cases) {
    const place = ['--namespace', namespace ?? defaultNamespace(chart), '--values', '-']
    const args = ['template', chart, chartPath(chart), ...place]
    const { stdout, stderr } = await helm(args, JSON.stringify(values))
    const apply = ['apply', '--dry-run=server', '--validate=strict', '--filename', '-']
    const applied = await cluster.kubectl(apply, { input: stdout, allowFailure: true })
    t.equal(applied.code, 0, `${chart}, ${name}: ${stderr}${applied.stderr}`)
  }
})

function defaultNamespace(chart: ChartName): string {
  return chart === 'spiffe-webhook' ? chart : 'spire-system'
}
