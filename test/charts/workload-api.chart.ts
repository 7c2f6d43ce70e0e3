import t from 'tap'
import { parse } from 'yaml'
import { all, type ChartObject, one, refusal, render, tbotValues } from './helm.ts'
import { type Container, dataOf, podSpec } from './shapes.ts'

const defaults = await render('workload-api', tbotValues)
const external = await render('workload-api', { provider: 'external' })

const tbotConfig = async (values: object): Promise<unknown> =>
  parse(dataOf(await render('workload-api', values), 'tbot', 'tbot.yaml'))

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
  t.match(parse(dataOf(objects, 'tbot', 'tbot.yaml')), {
    services: [{ listen: 'unix:///run/tbot/sockets/workload.sock' }]
  })
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

await t.test(
  'a tbot that does not know native sidecars is taken where there are none',
  async (t) => {
    const image = { tag: '18.10.9' }
    const objects = await render('workload-api', {
      ...tbotValues,
      tbot: { ...tbotValues.tbot, image, nativeSidecars: false }
    })
    t.match(container(objects, 'tbot', 'tbot').image, /:18\.10\.9$/)
    for (const tag of ['18.11.0', '19.0.0-alpha.1', 'stable']) {
      const tbot = { ...tbotValues.tbot, image: { tag } }
      t.equal(await refusal('workload-api', { ...tbotValues, tbot }), '', tag)
    }
  }
)

await t.test('tbot calls the address that the certificate of its kubelet names', async (t) => {
  const addresses = [
    [{}, [{ name: 'TELEPORT_NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }]],
    [
      { address: 'hostIP' },
      [{ name: 'TELEPORT_NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } }]
    ],
    [
      { address: 'custom', customAddress: '$(NODE_NAME).nodes.example.com' },
      [
        { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
        { name: 'HOST_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
        { name: 'TELEPORT_NODE_NAME', value: '$(NODE_NAME).nodes.example.com' }
      ]
    ]
  ] as const
  for (const [kubelet, env] of addresses) {
    const objects = await render('workload-api', {
      ...tbotValues,
      tbot: { ...tbotValues.tbot, kubelet }
    })
    t.same(container(objects, 'tbot', 'tbot').env, [
      ...env,
      { name: 'KUBERNETES_TOKEN_PATH', value: '/var/run/secrets/tokens/join-sa-token' }
    ])
  }
})

await t.test(
  'on nodes with SELinux the directory of the socket is labelled for pods',
  async (t) => {
    t.notOk('initContainers' in podSpec(one(defaults, 'DaemonSet', 'spiffe-csi-driver')))
    const seLinuxOptions = { type: 'spc_t' }
    const objects = await render('workload-api', {
      ...tbotValues,
      selinux: { relabel: true },
      tbot: { ...tbotValues.tbot, seLinuxOptions },
      driver: { seLinuxOptions }
    })
    t.match(podSpec(one(objects, 'DaemonSet', 'spiffe-csi-driver')), {
      initContainers: [
        {
          command: [
            'chcon',
            '--recursive',
            '--verbose',
            '--type=container_file_t',
            '/spire-agent-socket'
          ],
          securityContext: { privileged: true },
          volumeMounts: [{ name: 'agent-socket', mountPath: '/spire-agent-socket' }]
        }
      ]
    })
    for (const [daemonSet, name] of [
      ['tbot', 'tbot'],
      ['spiffe-csi-driver', 'spiffe-csi-driver']
    ] as const) {
      t.match(container(objects, daemonSet, name).securityContext, { seLinuxOptions })
      t.notMatch(container(defaults, daemonSet, name).securityContext, { seLinuxOptions })
    }
  }
)

await t.test('OpenShift admits what each DaemonSet asks for, and no more', async (t) => {
  const kind = 'SecurityContextConstraints'
  t.same(all(defaults, kind), [])
  const objects = await render('workload-api', { ...tbotValues, openshift: true })
  t.match(one(objects, kind, 'workload-api-tbot'), {
    users: ['system:serviceaccount:spire-system:tbot'],
    allowPrivilegedContainer: false,
    allowHostPID: true,
    allowedCapabilities: ['DAC_READ_SEARCH', 'SYS_PTRACE'],
    volumes: ['configMap', 'hostPath', 'projected']
  })
  t.match(one(objects, kind, 'workload-api-spiffe-csi-driver'), {
    users: ['system:serviceaccount:spire-system:spiffe-csi-driver'],
    allowPrivilegedContainer: true,
    allowHostPID: false,
    volumes: ['hostPath']
  })
  for (const name of ['tbot', 'spiffe-csi-driver']) {
    const used = podSpec(one(objects, 'DaemonSet', name)).volumes.map((volume) =>
      Object.keys(volume).find((key) => key !== 'name')
    )
    const { volumes } = one(objects, kind, `workload-api-${name}`) as ChartObject & {
      volumes: readonly string[]
    }
    t.same([...new Set(used)].toSorted(), volumes.toSorted(), name)
  }
  const alone = await render('workload-api', { provider: 'external', openshift: true })
  t.equal(all(alone, kind).length, 1)
})

await t.test('a digest wins over a tag', async (t) => {
  const digest = `sha256:${'a'.repeat(64)}`
  const image = { digest }
  const objects = await render('workload-api', {
    ...tbotValues,
    tbot: { ...tbotValues.tbot, image },
    driver: { image, registrar: { image } }
  })
  const images = ['tbot', 'spiffe-csi-driver'].flatMap((name) =>
    podSpec(one(objects, 'DaemonSet', name)).containers.map(({ image }) => image)
  )
  t.same(images, [
    `public.ecr.aws/gravitational/tbot-distroless@${digest}`,
    `ghcr.io/spiffe/spiffe-csi-driver@${digest}`,
    `registry.k8s.io/sig-storage/csi-node-driver-registrar@${digest}`
  ])
})

await t.test('values that look like something else stay text', async (t) => {
  const objects = await render('workload-api', {
    ...tbotValues,
    trustDomain: '123',
    tbot: { ...tbotValues.tbot, token: '456', proxyServer: '*x:1' },
    socket: { file: '# a' },
    webhook: { socketFile: '# a' }
  })
  const projected = podSpec(one(objects, 'DaemonSet', 'tbot')).volumes.find(
    ({ name }) => name === 'join-token'
  )
  t.match(projected, { projected: { sources: [{ serviceAccountToken: { audience: '123' } }] } })
  t.match(parse(dataOf(objects, 'tbot', 'tbot.yaml')), {
    proxy_server: '*x:1',
    onboarding: { token: '456' },
    services: [{ listen: 'unix:///run/spire/agent-sockets/# a' }]
  })
})
