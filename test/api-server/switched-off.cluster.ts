import { setTimeout as sleep } from 'node:timers/promises'
import { CoreV1Api } from '@kubernetes/client-node'
import t, { type Test } from 'tap'
import { startCluster } from '../lab/start-cluster.ts'
import { until } from '../lab/until.ts'
import { examine } from './doctor.ts'

/*
 * Nothing serves the webhooks here, so whatever they are asked about is refused: an object that is admitted was not
 * asked about. So each change is shown to switch something off before the doctor must name it.
 */

t.setTimeout(900_000)
const cluster = await startCluster()
t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
const { kubectl, helm } = cluster
const release = ['spiffe-webhook', 'charts/spiffe-webhook', '--namespace', 'spiffe-webhook']
await helm(['install', ...release, '--create-namespace', '--wait=false'])
await cluster.namespace('shop', { 'spiffe-webhook/injection': 'enabled', 'control-plane': 'true' })

const pods = cluster.kubeConfig().makeApiClient(CoreV1Api)
const raw = {
  metadata: { name: 'raw' },
  spec: {
    containers: [{ name: 'a', image: 'a:1' }],
    volumes: [{ name: 'sockets', hostPath: { path: '/run/spire/agent-sockets' } }]
  }
}

/** True where the API server would take a pod with the raw socket. */
const admits = (): Promise<boolean> =>
  pods.createNamespacedPod({ namespace: 'shop', body: raw, dryRun: 'All' }).then(
    () => true,
    () => false
  )

const compared = ['webhook-configurations', 'admission-policy', 'chart-objects']
const messages = async (kubeconfig = cluster.kubeconfig): Promise<readonly string[]> =>
  (await examine(kubeconfig)).findings
    .filter(({ check }) => compared.includes(check))
    .map(({ message }) => message)

const webhooks = 'validatingwebhookconfiguration/spiffe-webhook'
const policy = 'validatingadmissionpolicy/spiffe-webhook'
const binding = 'validatingadmissionpolicybinding/spiffe-webhook'

interface Off {
  readonly what: string
  readonly object: string
  /** A JSON Patch; `INDEX` stands for the place of enforce-pods. */
  readonly patch: readonly object[]
  readonly told: RegExp
}

const nothing = { matchLabels: { nothing: 'matches' } }
const entry = (path: string, value: unknown, op = 'replace'): readonly object[] => [
  { op, path: `/webhooks/0${path}`, value }
]

const ways: readonly Off[] = [
  {
    what: 'removed',
    object: webhooks,
    patch: [{ op: 'remove', path: '/webhooks/0' }],
    told: /^enforce-pods never asks: .* has no webhook/
  },
  {
    what: 'matchConditions',
    object: webhooks,
    patch: entry('/matchConditions/-', { name: 'off', expression: 'false' }, 'add'),
    told: /^enforce-pods never asks: matchCondition off is false/
  },
  {
    what: 'another matchCondition',
    object: webhooks,
    patch: entry('/matchConditions/0/expression', "request.name == 'x'"),
    told: /^enforce-pods asks about less: matchCondition \S+ is another one/
  },
  {
    what: 'objectSelector',
    object: webhooks,
    patch: entry('/objectSelector', nothing),
    told: /^enforce-pods never asks: objectSelector matches no pod/
  },
  {
    what: 'namespaceSelector',
    object: webhooks,
    patch: entry(
      '/namespaceSelector/matchExpressions/-',
      { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['shop'] },
      'add'
    ),
    told: /^enforce-pods never asks: namespaceSelector matches no labelled namespace/
  },
  {
    what: "AKS's addition",
    object: webhooks,
    patch: entry(
      '/namespaceSelector/matchExpressions/-',
      { key: 'control-plane', operator: 'DoesNotExist' },
      'add'
    ),
    told: /^enforce-pods never asks: namespaceSelector matches no labelled namespace \(!control-plane\)/
  },
  {
    what: 'resources',
    object: webhooks,
    patch: entry('/rules/0/resources', ['services']),
    told: /^enforce-pods asks about less: its rules leave out CREATE of pods/
  },
  {
    what: 'operations',
    object: webhooks,
    patch: entry('/rules/0/operations', ['DELETE']),
    told: /^enforce-pods asks about less: its rules leave out CREATE of pods/
  },
  {
    what: 'group',
    object: webhooks,
    patch: entry('/rules/0/apiGroups', ['apps']),
    told: /^enforce-pods asks about less: its rules leave out CREATE of pods/
  },
  {
    what: 'scope',
    object: webhooks,
    patch: entry('/rules/0/scope', 'Cluster'),
    told: /^enforce-pods asks about less: its rules leave out CREATE of pods/
  },
  {
    what: 'failurePolicy',
    object: webhooks,
    patch: entry('/failurePolicy', 'Ignore'),
    told: /^enforce-pods has failurePolicy Ignore/
  }
]

/** Changes that the doctor must name although the pod is still refused here, since nothing answers any address. */
const redirected: readonly Off[] = [
  {
    what: 'Service',
    object: webhooks,
    patch: entry('/clientConfig/service/name', 'nobody'),
    told: /^enforce-pods asks in the wrong place: it is sent to nobody\./
  },
  {
    what: 'path',
    object: webhooks,
    patch: entry('/clientConfig/service/path', '/guard/warn'),
    told: /^enforce-pods asks in the wrong place: .*\/guard\/warn/
  },
  {
    what: 'URL',
    object: webhooks,
    patch: entry('/clientConfig', { url: 'https://127.0.0.1:1/guard/enforce' }),
    told: /^enforce-pods asks in the wrong place: it is sent to URL/
  }
]

const isTold = (t: Test, lines: readonly string[], told: RegExp): void => {
  t.ok(
    lines.some((line) => told.test(line)),
    lines.join('\n')
  )
}

/** A controller may write its status in between. */
async function restore(object: object): Promise<void> {
  const input = JSON.stringify(object)
  await until('the object as it was', async () => {
    const { code } = await kubectl(['replace', '-f', '-'], { input, allowFailure: true })
    return code === 0
  })
}

/** Ignored for objects of the cluster. */
const inRelease = ['--namespace', 'spiffe-webhook']

async function changed(way: Off, during: () => Promise<void>): Promise<void> {
  const { stdout } = await kubectl(['get', way.object, ...inRelease, '-o', 'json'])
  await kubectl(['patch', way.object, ...inRelease, '--type=json', '-p', JSON.stringify(way.patch)])
  try {
    await during()
  } finally {
    const { metadata, ...rest } = JSON.parse(stdout)
    const { resourceVersion: _, ...kept } = metadata
    await restore({ ...rest, metadata: kept })
  }
}

/** The API server takes a new configuration within a second or so. */
async function becomes(wanted: boolean): Promise<boolean> {
  for (let tries = 0; tries < 40; tries++) {
    if ((await admits()) === wanted) return true
    await sleep(250)
  }
  return false
}

await t.test('what Helm installed has no difference', async (t) => {
  t.same(await messages(), [])
  t.ok(await becomes(false), 'a pod with the raw socket is asked about')
})

for (const way of ways) {
  await t.test(`switched off by ${way.what}`, async (t) => {
    await changed(way, async () => {
      t.ok(await becomes(true), 'a pod with the raw socket is admitted')
      isTold(t, await messages(), way.told)
    })
    t.ok(await becomes(false), 'and refused again')
  })
}

for (const way of redirected) {
  await t.test(`redirected by ${way.what}`, async (t) => {
    await changed(way, async () => isTold(t, await messages(), way.told))
  })
}

const here = (kind: string): string => `${kind}/spiffe-webhook`
const rule = (index: number, field: string, value: unknown): readonly object[] => [
  { op: 'replace', path: `/rules/${index}/${field}`, value }
]
const spec = (path: string, value: unknown, op = 'replace'): readonly object[] => [
  { op, path: `/spec/${path}`, value }
]
const podSpec = (path: string, value: unknown, op = 'replace'): readonly object[] =>
  spec(`template/spec/${path}`, value, op)

/** A change of what answers, or of what lets it. */
interface ObjectOff extends Off {
  /** How it is told where Helm's record may not be read; null: it cannot be known. */
  readonly withoutHelm?: RegExp | null
}

/** Each is made on the real API server, those of one round at the same time. */
const rounds: readonly (readonly ObjectOff[])[] = [
  [
    {
      what: 'a Service that selects others',
      object: here('service'),
      patch: spec('selector/app.kubernetes.io~1name', 'nobody'),
      told: /Service \S+ selects no replica: app.kubernetes.io\/name is nobody/
    },
    {
      what: 'a Role without patch',
      object: here('role'),
      patch: rule(0, 'verbs', ['get']),
      told: /Role \S+ lacks patch on secrets spiffe-webhook-tls: certificates will not be renewed/
    },
    {
      what: 'a ClusterRole for one configuration',
      object: here('clusterrole'),
      patch: rule(0, 'resources', ['mutatingwebhookconfigurations']),
      told: /ClusterRole \S+ lacks get, patch on validatingwebhookconfigurations/
    },
    {
      what: 'a RoleBinding for nobody',
      object: here('rolebinding'),
      patch: [{ op: 'remove', path: '/subjects' }],
      told: /RoleBinding \S+ does not name ServiceAccount spiffe-webhook\/spiffe-webhook/
    },
    {
      what: 'replicas scaled to 0',
      object: here('deployment'),
      patch: spec('replicas', 0),
      told: /Deployment \S+ spec.replicas is 0, rendered 2/,
      withoutHelm: null
    },
    {
      what: 'a NetworkPolicy that keeps API servers out',
      object: here('networkpolicy'),
      patch: spec('ingress/0/ports/0/port', 1),
      told: /NetworkPolicy \S+ spec.ingress.*: API servers may be kept out/
    },
    {
      what: 'a PodDisruptionBudget for others',
      object: here('poddisruptionbudget'),
      patch: spec('selector/matchLabels/app.kubernetes.io~1name', 'nobody'),
      told: /PodDisruptionBudget \S+ .*"nobody".*: a drain of nodes may stop every replica/
    },
    {
      what: 'timeoutSeconds',
      object: webhooks,
      patch: entry('/timeoutSeconds', 30),
      told: /^enforce-pods has timeoutSeconds 30, rendered 5: a replica that hangs/
    }
  ],
  [
    {
      what: 'a Service without a selector',
      object: here('service'),
      patch: [{ op: 'remove', path: '/spec/selector' }],
      told: /Service \S+ has no selector: it selects no pod/
    },
    {
      what: 'another image',
      object: here('deployment'),
      patch: podSpec('containers/0/image', 'evil:1'),
      told: /image is "evil:1", rendered "spiffe-webhook:[^"]*": another program answers/
    }
  ],
  [
    {
      what: 'a Service that leads to another port',
      object: here('service'),
      patch: spec('ports/0/targetPort', 9999),
      told: /Service \S+ sends port 443 to 9999/
    },
    {
      what: 'a command of its own',
      object: here('deployment'),
      patch: podSpec('containers/0/command', ['sleep', 'inf'], 'add'),
      told: /command was added/
    },
    {
      what: 'a ConfigMap changed by hand',
      object: here('configmap'),
      patch: [
        { op: 'replace', path: '/data/config.yaml', value: 'guard: {kubeletRoots: [/mnt/kubelet]}' }
      ],
      told: /ConfigMap \S+ holds other options than were rendered: .*guard\.kubeletRoots/,
      withoutHelm: /config-checksum.*: the ConfigMap was changed by hand/
    }
  ]
]

/** Makes every change, and takes all of them back. */
const changedAll = (ways: readonly Off[], during: () => Promise<void>): Promise<void> => {
  const [way, ...others] = ways
  return way === undefined ? during() : changed(way, () => changedAll(others, during))
}

/** One who may read what the chart's own ClusterRole lets read: not Helm's record. */
async function startDoctor(): Promise<string> {
  await helm(['upgrade', ...release, '--set', 'verify.clusterRole=true', '--wait=false'])
  await kubectl(['-n', 'shop', 'create', 'serviceaccount', 'doctor'])
  const bind = ['--clusterrole=spiffe-webhook-verify', '--serviceaccount=shop:doctor']
  await kubectl(['create', 'clusterrolebinding', 'doctor', ...bind])
  return cluster.actAs('shop', 'doctor')
}

await t.test('what answers, and what lets it', async (t) => {
  t.setTimeout(600_000)
  const doctor = await startDoctor()
  const line = async (kubeconfig: string): Promise<string> => {
    const { checks } = await examine(kubeconfig)
    return checks.find(({ check }) => check === 'chart-objects')?.detail ?? ''
  }
  t.match(await line(cluster.kubeconfig), /^10 of 10 objects are as revision 2 of release spiffe-/)
  t.match(await line(doctor), /^8 of 8 objects are as this version renders them/)
  t.same(await messages(doctor), [])
  for (const ways of rounds) {
    await changedAll(ways, async () => {
      const [byHelm, byVersion] = [await messages(), await messages(doctor)]
      for (const way of ways) {
        isTold(t, byHelm, way.told)
        if (way.withoutHelm !== null) isTold(t, byVersion, way.withoutHelm ?? way.told)
      }
    })
  }
  t.same(await messages(), [], 'and everything is as it was')
})

await t.test('a policy that the values ask for, deleted', async (t) => {
  const doctor = await cluster.actAs('shop', 'doctor')
  const values = ['--set', 'guard.admissionPolicy=true', '--set', 'verify.clusterRole=true']
  await helm(['upgrade', ...release, ...values, '--wait=false'])
  await kubectl(['delete', policy, binding])
  for (const kubeconfig of [cluster.kubeconfig, doctor]) {
    isTold(t, await messages(kubeconfig), /^there is no ValidatingAdmissionPolicy spiffe-webhook/)
  }
  await helm(['upgrade', ...release, '--wait=false'])
  t.same(await messages(), [])
})

const policyWays: readonly Off[] = [
  {
    what: 'validationActions',
    object: binding,
    patch: [{ op: 'replace', path: '/spec/validationActions', value: ['Audit'] }],
    told: /without Deny: nothing is refused/
  },
  {
    what: 'matchResources',
    object: binding,
    patch: [
      {
        op: 'add',
        path: '/spec/matchResources',
        value: { namespaceSelector: nothing, matchPolicy: 'Equivalent' }
      }
    ],
    told: /never asks: namespaceSelector matches no namespace that it is for/
  },
  {
    what: 'excludeResourceRules',
    object: policy,
    patch: [
      {
        op: 'add',
        path: '/spec/matchConstraints/excludeResourceRules',
        value: [
          {
            apiGroups: [''],
            apiVersions: ['*'],
            operations: ['*'],
            resources: ['pods'],
            scope: '*'
          }
        ]
      }
    ],
    told: /excludeResourceRules leaves out/
  },
  {
    what: 'matchConditions',
    object: policy,
    patch: [
      { op: 'add', path: '/spec/matchConditions', value: [{ name: 'off', expression: 'false' }] }
    ],
    told: /never asks: matchCondition off is false/
  },
  {
    what: 'a validation',
    object: policy,
    patch: [{ op: 'replace', path: '/spec/validations', value: [{ expression: 'true' }] }],
    told: /has other validations/
  },
  {
    what: 'objectSelector',
    object: policy,
    patch: [{ op: 'replace', path: '/spec/matchConstraints/objectSelector', value: nothing }],
    told: /never asks: objectSelector matches no pod/
  }
]

await t.test('the policy, where no webhook is left', async (t) => {
  await helm(['upgrade', ...release, '--set', 'guard.admissionPolicy=true', '--wait=false'])
  t.same(await messages(), [])
  await kubectl(['delete', webhooks, 'mutatingwebhookconfiguration/spiffe-webhook'])
  t.ok(await becomes(false), 'the policy alone refuses the pod')
  for (const way of policyWays) {
    await t.test(way.what, async (t) => {
      await changed(way, async () => {
        t.ok(await becomes(true), 'a pod with the raw socket is admitted')
        const args = ['--config', 'test/fixtures/config/defaults.json']
        const told = await examine(cluster.kubeconfig, args)
        const lines = told.findings.filter(({ check }) => check === 'admission-policy')
        isTold(
          t,
          lines.map(({ message }) => message),
          way.told
        )
      })
      t.ok(await becomes(false), 'and refused again')
    })
  }
})
