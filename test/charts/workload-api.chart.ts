import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { all, type ChartObject, one, render, tbotValues } from './helm.ts'
import { type Container, podSpec } from './shapes.ts'

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, 'tbot-config.schema.json'), 'utf8')
)
const isTbotConfig = new Ajv({ allErrors: true, strictRequired: false }).compile(schema)

const defaults = await render('workload-api', tbotValues)
const external = await render('workload-api', { provider: 'external' })

function text(objects: readonly ChartObject[], name: string, key: string): string {
  const map = one(objects, 'ConfigMap', name) as ChartObject & { data: Record<string, string> }
  return map.data[key] ?? ''
}

const tbotConfig = async (values: object): Promise<unknown> =>
  parse(text(await render('workload-api', values), 'tbot', 'tbot.yaml'))

const container = (objects: readonly ChartObject[], daemonSet: string, name: string): Container => {
  const found = podSpec(one(objects, 'DaemonSet', daemonSet)).containers
  const [container] = found.filter((candidate) => candidate.name === name)
  if (container === undefined) throw new Error(`${daemonSet} has no container ${name}`)
  return container
}

await t.test('the CSIDriver object is the architecture’s', async (t) => {
  for (const objects of [defaults, external]) {
    const driver = one(objects, 'CSIDriver', 'csi.spiffe.io')
    t.same(driver.spec, {
      attachRequired: false,
      podInfoOnMount: true,
      fsGroupPolicy: 'None',
      volumeLifecycleModes: ['Ephemeral']
    })
    t.match(driver.metadata.labels, {
      'security.openshift.io/csi-ephemeral-volume-profile': 'restricted'
    })
  }
})

await t.test('provider external is the driver alone', async (t) => {
  t.same(external.map(({ kind, metadata: { name } }) => `${kind} ${name}`).sort(), [
    'CSIDriver csi.spiffe.io',
    'DaemonSet spiffe-csi-driver',
    'ServiceAccount spiffe-csi-driver'
  ])
})

await t.test('tbot gets a configuration of documented fields, whatever the values', async (t) => {
  const { tbot } = tbotValues
  const cases = [
    tbotValues,
    { ...tbotValues, tbot: { ...tbot, kubelet: { skipVerify: true } } },
    {
      ...tbotValues,
      tbot: { ...tbot, kubelet: { caConfigMap: 'kubelet-ca', securePort: 10_260 } }
    },
    { ...tbotValues, tbot: { ...tbot, credentialTTL: '1h30m', renewalInterval: '45m' } }
  ]
  for (const values of cases) {
    t.ok(isTbotConfig(await tbotConfig(values)), JSON.stringify(isTbotConfig.errors))
  }
})

await t.test('the schema refuses what tbot would not know', async (t) => {
  const good = (await tbotConfig(tbotValues)) as Record<string, unknown>
  const [service] = good.services as Record<string, unknown>[]
  const { attestors, ...rest } = service ?? {}
  const bad: readonly object[] = [
    { ...good, version: 'v1' },
    { ...good, attestor: {} },
    { ...good, services: [{ ...rest, attestor: attestors }] },
    { ...good, services: [{ ...service, listen: 'tcp://0.0.0.0:1' }] },
    { ...good, services: [{ ...service, selector: {} }] },
    { ...good, onboarding: { join_method: 'token', token: 'x' } },
    { ...good, storage: { type: 'directory', path: '/var/lib/teleport/bot' } }
  ]
  for (const config of bad) t.notOk(isTbotConfig(config), JSON.stringify(config))
})

await t.test('tbot serves where the driver looks, and verifies kubelets', async (t) => {
  t.match(await tbotConfig(tbotValues), {
    proxy_server: 'example.teleport.sh:443',
    storage: { type: 'memory' },
    services: [
      {
        listen: 'unix:///run/spire/agent-sockets/socket',
        selector: { name: 'istio-workloads' },
        attestors: { kubernetes: { enabled: true, kubelet: { skip_verify: false } } }
      }
    ]
  })
  const moved = {
    ...tbotValues,
    socket: { directory: '/run/tbot/sockets', file: 'workload.sock' },
    webhook: { protectedPaths: ['/run/tbot/sockets'], socketFile: 'workload.sock' }
  }
  const objects = await render('workload-api', moved)
  t.match(text(objects, 'tbot', 'tbot.yaml'), 'listen: unix:///run/tbot/sockets/workload.sock')
  for (const name of ['tbot', 'spiffe-csi-driver']) {
    const { volumes } = podSpec(one(objects, 'DaemonSet', name))
    t.match(
      volumes.find((volume) => volume.name === 'agent-socket'),
      { hostPath: { path: '/run/tbot/sockets', type: 'DirectoryOrCreate' } }
    )
  }
})

await t.test('tbot has what attestation needs, and no more', async (t) => {
  const spec = podSpec(one(defaults, 'DaemonSet', 'tbot'))
  t.match(spec, { hostPID: true, priorityClassName: 'system-node-critical' })
  t.notOk('hostNetwork' in spec)
  t.same(spec.tolerations, [{ operator: 'Exists' }])
  const tbot = container(defaults, 'tbot', 'tbot')
  t.match(tbot.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'], add: ['DAC_READ_SEARCH', 'SYS_PTRACE'] }
  })
  t.notOk(tbot.securityContext?.privileged)
  t.match(tbot.livenessProbe, { httpGet: { path: '/livez', port: 'diag' } })
  t.match(tbot.readinessProbe, { httpGet: { path: '/readyz', port: 'diag' } })
  t.match(JSON.stringify(tbot.env), 'TELEPORT_NODE_NAME')
  const hostPaths = spec.volumes.filter((volume) => 'hostPath' in volume)
  t.same(hostPaths.length, 1, 'the directory of the socket is the only host path')
  t.match(
    spec.volumes.find(({ name }) => name === 'join-token'),
    { projected: { sources: [{ serviceAccountToken: { audience: 'example.teleport.sh' } }] } }
  )
})

await t.test('tbot may read pods of kubelets, and nodes/proxy only by choice', async (t) => {
  const rules = async (values: object): Promise<unknown> =>
    (one(await render('workload-api', values), 'ClusterRole') as ChartObject & { rules: unknown })
      .rules
  const rule = { apiGroups: [''], verbs: ['get'] }
  t.same(await rules(tbotValues), [{ ...rule, resources: ['nodes/pods'] }])
  const old = { ...tbotValues, tbot: { ...tbotValues.tbot, nodesProxy: true } }
  t.same(await rules(old), [{ ...rule, resources: ['nodes/proxy'] }])
})

await t.test(
  'the driver mounts into pods, and is known to the kubelet by its own name',
  async (t) => {
    const spec = podSpec(one(defaults, 'DaemonSet', 'spiffe-csi-driver'))
    t.equal(spec.automountServiceAccountToken, false)
    const driver = container(defaults, 'spiffe-csi-driver', 'spiffe-csi-driver')
    t.match(
      driver.volumeMounts?.find(({ name }) => name === 'pods'),
      { mountPath: '/var/lib/kubelet/pods', mountPropagation: 'Bidirectional' }
    )
    t.match(
      driver.volumeMounts?.find(({ name }) => name === 'agent-socket'),
      { readOnly: true }
    )
    const registrar = container(defaults, 'spiffe-csi-driver', 'node-driver-registrar')
    t.ok(
      registrar.args?.includes(
        '-kubelet-registration-path=/var/lib/kubelet/plugins/csi.spiffe.io/csi.sock'
      )
    )
    t.match(registrar.livenessProbe, { httpGet: { path: '/healthz', port: 'healthz' } })
    t.notOk(registrar.securityContext?.privileged)
  }
)

await t.test('Teleport is told of a role, a bot, a token and an identity that fit', async (t) => {
  const file = text(defaults, 'workload-api-teleport', 'teleport.yaml')
  const resources = parseAllDocuments(file).map((document) => document.toJS())
  t.match(resources, [
    {
      kind: 'role',
      version: 'v7',
      spec: {
        allow: {
          workload_identity_labels: { 'spiffe-webhook/workload-api': ['istio-workloads'] },
          rules: [{ resources: ['workload_identity'], verbs: ['list', 'read'] }]
        }
      }
    },
    { kind: 'bot', version: 'v1', spec: { roles: ['istio-workloads'] } },
    {
      kind: 'token',
      version: 'v2',
      metadata: { name: 'istio-workloads' },
      spec: {
        roles: ['Bot'],
        bot_name: 'istio-workloads',
        join_method: 'kubernetes',
        kubernetes: {
          type: 'oidc',
          oidc: { issuer: 'https://issuer.example.com' },
          allow: [{ service_account: 'spire-system:tbot' }]
        }
      }
    },
    {
      kind: 'workload_identity',
      version: 'v1',
      metadata: {
        name: 'istio-workloads',
        labels: { 'spiffe-webhook/workload-api': 'istio-workloads' }
      },
      spec: {
        spiffe: {
          id: '/ns/{{ workload.kubernetes.namespace }}/sa/{{ workload.kubernetes.service_account }}'
        },
        rules: {
          allow: [
            { conditions: [{ attribute: 'workload.kubernetes.attested', eq: { value: 'true' } }] }
          ]
        }
      }
    }
  ])
  const hidden = await render('workload-api', {
    ...tbotValues,
    teleport: { render: false, join: { issuer: '' } }
  })
  t.equal(all(hidden, 'ConfigMap').length, 1)
})

await t.test('keys of a cluster without an issuer stay JSON text', async (t) => {
  const jwks = '{"keys":[{"kty":"RSA","n":"x\\"y"}]}'
  const objects = await render('workload-api', {
    ...tbotValues,
    teleport: { join: { type: 'static_jwks', jwks } }
  })
  const file = text(objects, 'workload-api-teleport', 'teleport.yaml')
  const [token] = parseAllDocuments(file)
    .map((document) => document.toJS())
    .filter(({ kind }) => kind === 'token')
  t.match(token.spec.kubernetes, { type: 'static_jwks', static_jwks: { jwks } })
})
