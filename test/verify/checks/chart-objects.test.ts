import t from 'tap'
import type { JsonObject } from '../../../src/kubernetes/json.ts'
import { checkChartObjects } from '../../../src/verify/checks/chart-objects.ts'
import type { Chart } from '../../../src/verify/facts/chart.ts'
import { renderedOf } from '../../../src/verify/objects/chart-kinds.ts'
import { compareObject } from '../../../src/verify/objects/compare.ts'
import { expectedObjects } from '../../../src/verify/objects/expected-objects.ts'
import { readRelease } from '../../../src/verify/objects/helm-release.ts'
import { install, installedObjects, releaseSecret } from '../objects/install.ts'

/** An edit of one installed object; `null`: it is missing. */
type Edit = ((object: JsonObject) => JsonObject) | null

const configMap = (text: string): JsonObject => ({
  kind: 'ConfigMap',
  metadata: { namespace: 'spiffe-webhook', name: 'spiffe-webhook' },
  data: { 'config.yaml': text }
})
const config = configMap('guard:\n  scope: cluster\n  exemptions: []\nlog:\n  level: info\n')
const live: ReadonlyMap<string, JsonObject> = new Map([
  ...installedObjects(),
  ['ConfigMap', config]
])

/** By Helm's record, or by what this version renders. */
function chartOf(edits: Readonly<Record<string, Edit>>, byHelm: boolean): Chart {
  const release = byHelm ? readRelease(releaseSecret([...live.values()])) : undefined
  const objects = (release?.objects ?? expectedObjects(install)).flatMap(
    (object) => renderedOf(object, 'spiffe-webhook') ?? []
  )
  return {
    release,
    stale: undefined,
    other: undefined,
    objects: objects.map((rendered) => {
      const edit = edits[rendered.kind]
      const object = live.get(rendered.kind) ?? {}
      const value = edit === null ? undefined : edit === undefined ? object : edit(object)
      return { rendered, installed: { kind: 'seen', value } }
    })
  }
}

const told = (edits: Readonly<Record<string, Edit>>, byHelm: boolean): readonly string[] =>
  checkChartObjects(chartOf(edits, byHelm)).findings.map(
    ({ reason, message }) => `${reason} ${message}`
  )

const spec =
  (fields: JsonObject): Edit =>
  (object) => ({ ...object, spec: { ...(object.spec as JsonObject), ...fields } })

interface Template extends JsonObject {
  readonly metadata: JsonObject
  readonly spec: JsonObject & { readonly containers: readonly JsonObject[] }
}
const template =
  (change: (template: Template) => JsonObject): Edit =>
  (object) => {
    const before = (object.spec as { readonly template: Template }).template
    return { ...object, spec: { ...(object.spec as JsonObject), template: change(before) } }
  }
const podSpec = (fields: JsonObject): Edit =>
  template((before) => ({ ...before, spec: { ...before.spec, ...fields } }))
const container = (fields: JsonObject): Edit =>
  template((before) => ({
    ...before,
    spec: {
      ...before.spec,
      containers: before.spec.containers.map((one) => ({ ...one, ...fields }))
    }
  }))

const rules =
  (change: (rules: readonly JsonObject[]) => readonly JsonObject[]): Edit =>
  (object) => ({ ...object, rules: change(object.rules as readonly JsonObject[]) })

/** Each way to take the guard away without touching a webhook configuration, and what must be said of it. */
const ways: readonly (readonly [
  what: string,
  edits: Readonly<Record<string, Edit>>,
  told: RegExp
])[] = [
  [
    'no Service',
    { Service: null },
    /^ObjectMissing there is no Service \S+: API servers reach no replica(; apply the chart's manifests again)?$/
  ],
  [
    'the Service selects others',
    { Service: spec({ selector: { ...install.selector, 'app.kubernetes.io/name': 'nobody' } }) },
    /^ServerUnreachable Service \S+ selects no replica: app.kubernetes.io\/name is nobody, and of the replicas spiffe-webhook: every call fails$/
  ],
  [
    'the Service wants one label more',
    { Service: spec({ selector: { ...install.selector, off: 'on' } }) },
    /^ServerUnreachable .* off is on, and of the replicas absent/
  ],
  [
    'the Service has no selector',
    { Service: spec({ selector: null }) },
    /^ServerUnreachable .* has no selector: it selects no pod/
  ],
  [
    'the Service selects more',
    { Service: spec({ selector: { 'app.kubernetes.io/name': 'spiffe-webhook' } }) },
    /^ObjectDiffers Service \S+ selects more than the replicas: it lacks app.kubernetes.io\/instance/
  ],
  [
    'the Service leads to another port',
    { Service: spec({ ports: [{ port: 443, targetPort: 9999 }] }) },
    /^ServerUnreachable Service \S+ sends port 443 to 9999, not to the container's port webhook: no replica is called$/
  ],
  [
    'the Service has another port',
    { Service: spec({ ports: [{ port: 8443, targetPort: 'webhook' }] }) },
    /^ServerUnreachable Service \S+ has no port 443/
  ],
  [
    'the Service leads out of the cluster',
    { Service: spec({ type: 'ExternalName', externalName: 'example.com' }) },
    /^ServerUnreachable Service \S+ is of type ExternalName: API servers are sent out/
  ],
  [
    'no Deployment',
    { Deployment: null },
    /^ObjectMissing there is no Deployment \S+: nothing answers/
  ],
  [
    'another image',
    { Deployment: container({ image: 'evil:2' }) },
    /^DeploymentChanged Deployment \S+ spec.template.spec.containers\[webhook\].image is "evil:2", rendered "spiffe-webhook:1": another program answers the API server$/
  ],
  [
    'other arguments',
    { Deployment: container({ args: ['serve', '--config', '/tmp/other.yaml'] }) },
    /^DeploymentChanged \S+ \S+ \S+\.args\[2\] is another one: /
  ],
  [
    'a command of its own',
    { Deployment: container({ command: ['sleep', 'inf'] }) },
    /^DeploymentChanged .*command was added: this may decide what is answered$/
  ],
  [
    'an init container',
    { Deployment: podSpec({ initContainers: [{ name: 'first' }] }) },
    /^DeploymentChanged .*initContainers was added: /
  ],
  [
    'another ConfigMap',
    { Deployment: podSpec({ volumes: [{ name: 'config', configMap: { name: 'mine' } }] }) },
    /^DeploymentChanged .*volumes\[config\].configMap.name is "mine", rendered "spiffe-webhook"/
  ],
  [
    'another port of the container',
    { Deployment: container({ ports: [{ name: 'webhook', containerPort: 1 }] }) },
    /^DeploymentChanged .*ports\[webhook\].containerPort is 1, rendered 8443/
  ],
  [
    'a ConfigMap that the Deployment was not rendered with',
    {
      Deployment: template((before) => ({
        ...before,
        metadata: {
          ...before.metadata,
          annotations: { 'spiffe-webhook/config-checksum': 'another' }
        }
      }))
    },
    /^ConfigMapChanged .* the ConfigMap was changed by hand/
  ],
  ['no Role', { Role: null }, /^ObjectMissing there is no Role \S+: the server may keep neither/],
  [
    'a Role without patch',
    {
      Role: rules(([first = {}, ...others]) => [{ ...first, verbs: ['get'] }, ...others])
    },
    /^RightMissing Role \S+ lacks patch on secrets spiffe-webhook-tls: certificates will not be renewed$/
  ],
  [
    'a Role without create',
    { Role: rules(([first = {}]) => [first]) },
    /^RightMissing Role \S+ lacks create on secrets: a deleted Secret will not be made again$/
  ],
  [
    'a Role for another Secret',
    {
      Role: rules(([first = {}, ...others]) => [{ ...first, resourceNames: ['x'] }, ...others])
    },
    /^RightMissing Role \S+ lacks get, patch on secrets spiffe-webhook-tls/
  ],
  [
    'a ClusterRole for one configuration of two',
    {
      ClusterRole: rules(([first = {}]) => [
        { ...first, resources: ['mutatingwebhookconfigurations'] }
      ])
    },
    /^RightMissing ClusterRole \S+ lacks get, patch on validatingwebhookconfigurations.admissionregistration.k8s.io spiffe-webhook: the caBundle will not be kept/
  ],
  ['no ClusterRoleBinding', { ClusterRoleBinding: null }, /^ObjectMissing .*ClusterRoleBinding/],
  [
    'a RoleBinding for nobody',
    { RoleBinding: (object) => ({ ...object, subjects: [] }) },
    /^RightMissing RoleBinding \S+ does not name ServiceAccount spiffe-webhook\/spiffe-webhook/
  ],
  [
    'a RoleBinding of another Role',
    { RoleBinding: (object) => ({ ...object, roleRef: { kind: 'Role', name: 'x' } }) },
    /^RightMissing RoleBinding \S+ gives Role x, not Role spiffe-webhook/
  ],
  [
    'a binding for somebody else as well',
    {
      RoleBinding: (object) => ({
        ...object,
        subjects: [...(object.subjects as readonly object[]), { kind: 'User', name: 'mallory' }]
      })
    },
    /^RightAdded RoleBinding \S+ also gives its rights to User mallory$/
  ],
  [
    'a ClusterRole that allows everything',
    {
      ClusterRole: rules((all) => [...all, { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }])
    },
    /^RightAdded ClusterRole \S+ also allows \* on \*\.\*$/
  ],
  [
    'no PodDisruptionBudget',
    { PodDisruptionBudget: null },
    /^ObjectDiffers there is no PodDisruptionBudget \S+: a drain of nodes may stop every replica/
  ],
  [
    'a NetworkPolicy without the port',
    { NetworkPolicy: spec({ ingress: [{ ports: [{ port: 8080, protocol: 'TCP' }] }] }) },
    /^ServerUnreachable NetworkPolicy \S+ spec.ingress is another one: API servers may be kept out$/
  ]
]

for (const byHelm of [true, false]) {
  const source = byHelm ? "Helm's record" : 'what this version renders'
  await t.test(`by ${source}: nothing is changed`, async (t) => {
    t.same(told({}, byHelm), [])
    t.match(checkChartObjects(chartOf({}, byHelm)), {
      detail: byHelm
        ? '9 of 9 objects are as revision 3 of release guard rendered them'
        : '8 of 8 objects are as this version renders them'
    })
  })
  for (const [what, edits, line] of ways) {
    await t.test(`by ${source}: ${what}`, async (t) => {
      const lines = told(edits, byHelm)
      t.ok(
        lines.some((found) => line.test(found)),
        lines.join('\n') || 'nothing was said'
      )
    })
  }
}

await t.test('an image from another registry, by kustomize', async (t) => {
  const at = (image: string): readonly string[] => told({ Deployment: container({ image }) }, false)
  t.same(at('registry.example:5000/team/webhook:1'), [])
  for (const image of ['registry.example:1/webhook:2', 'webhook:1@sha256:ab', 'webhook']) {
    t.match(at(image), [/^DeploymentChanged .*image is /])
  }
  const whole = { Deployment: container({ image: 'registry.example/webhook:1' }) }
  t.match(told(whole, true), [/^DeploymentChanged .*image is /], 'Helm knows the whole name')
})

await t.test('what makes a missing object again', async (t) => {
  const { findings } = checkChartObjects(chartOf({ ClusterRole: null }, true))
  t.match(findings, [
    {
      command:
        'helm upgrade guard charts/spiffe-webhook --namespace spiffe-webhook --reset-then-reuse-values'
    }
  ])
  t.match(checkChartObjects(chartOf({ ClusterRole: null }, false)).findings, [
    { command: 'kubectl get clusterroles', message: /; apply the chart's manifests again$/ }
  ])
})

await t.test('a record of Helm that is there and not used', async (t) => {
  const stale = 'release guard is pending-upgrade'
  const chart = { ...chartOf({}, false), stale }
  t.equal(
    checkChartObjects(chart).detail,
    '8 of 8 objects are as this version renders them (release guard is pending-upgrade)'
  )
  t.match(checkChartObjects({ ...chart, objects: [], other: '0.1.0' }), {
    detail: 'not compared: the chart is of version 0.1.0, and release guard is pending-upgrade'
  })
})

await t.test("what only Helm's record knows", async (t) => {
  t.same(
    told({ ConfigMap: () => configMap('guard:\n  exemptions: [{}]\nlog: {level: info}\n') }, true),
    [
      'ConfigMapChanged ConfigMap spiffe-webhook/spiffe-webhook holds other options than were rendered: guard.scope, guard.exemptions: a replica that starts now takes what it holds'
    ]
  )
  t.match(told({ ConfigMap: () => configMap('a: [') }, true), [/config.yaml cannot be read/])
  t.match(told({ ConfigMap: null }, true), [/^ObjectMissing .*: no new replica starts/])
  t.match(
    told({ Deployment: container({ env: [{ name: 'NODE_OPTIONS', value: '-r x' }] }) }, true),
    [/^DeploymentChanged .*env\[A\] is absent; .*env\[NODE_OPTIONS\] was added: this may decide/]
  )
  t.match(told({ Deployment: podSpec({ hostNetwork: true }) }, true), [
    /^DeploymentChanged .*hostNetwork is true, rendered absent/
  ])
  t.match(told({ Deployment: spec({ replicas: 5 }) }, true), [
    /^ObjectDiffers Deployment \S+ spec.replicas is 5, rendered 2$/
  ])
  t.same(told({ Deployment: container({ resources: { limits: { cpu: '1' } } }) }, true), [])
})

/** What is said of an object of the chart that was rendered with one spec and has another. */
const compared = (kind: string, wanted: JsonObject, has: JsonObject): readonly string[] =>
  [{ kind, metadata: {}, spec: wanted }]
    .flatMap((object) => renderedOf(object, 'x') ?? [])
    .flatMap((one) => compareObject(one, { spec: has }, { isPartial: false, template: undefined }))
    .map(({ reason, what, effect }) => `${reason} ${what}: ${effect}`)

await t.test('quantities, which the API writes in its own way', async (t) => {
  const volume = (sizeLimit: string): JsonObject => ({ name: 'tmp', emptyDir: { sizeLimit } })
  const env = (divisor: string): JsonObject => ({
    name: 'MEMORY',
    valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor } }
  })
  const pod = (sizeLimit: string, divisor: string, cpu: string): JsonObject => ({
    volumes: [volume(sizeLimit)],
    containers: [{ name: 'c', env: [env(divisor)], resources: { limits: { cpu } } }]
  })
  t.same(compared('Deployment', pod('0.5Gi', '1024Ki', '0.5'), pod('512Mi', '1Mi', '500m')), [])
})

await t.test('fields that open something where they are added or taken away', async (t) => {
  const rule = { ports: [{ port: 8443 }] }
  const peers = [{ ipBlock: { cidr: '10.0.0.0/8' } }]
  const safe = { privileged: false, allowPrivilegeEscalation: false, capabilities: { drop: [] } }
  const pod = (of: JsonObject, more: JsonObject = {}): JsonObject => ({
    containers: [{ name: 'c', securityContext: of }],
    ...more
  })
  const mounted = (of: JsonObject): JsonObject => ({
    volumes: [{ name: 'config', configMap: { name: 'x', ...of } }]
  })
  const cases: readonly (readonly [string, JsonObject, JsonObject, RegExp])[] = [
    [
      'NetworkPolicy',
      { ingress: [rule] },
      { ingress: [{ ...rule, from: peers }] },
      /^ServerUnreachable spec.ingress\[0\].from was added: API servers/
    ],
    [
      'NetworkPolicy',
      { egress: [rule] },
      { egress: [{ ...rule, to: peers }] },
      /^ObjectDiffers spec.egress\[0\].to was added: the server/
    ],
    [
      'Deployment',
      mounted({}),
      mounted({ items: [{ key: 'other', path: 'config.yaml' }] }),
      /volumes\[config\].configMap.items was added/
    ],
    [
      'Deployment',
      pod({ readOnlyRootFilesystem: true }),
      pod({ readOnlyRootFilesystem: true, privileged: true }),
      /privileged is true, rendered absent/
    ],
    [
      'Deployment',
      pod(safe),
      pod({ ...safe, capabilities: { drop: [], add: ['SYS_ADMIN'] } }),
      /capabilities.add was added/
    ],
    [
      'Deployment',
      { containers: [{ name: 'c' }] },
      pod({ privileged: true }),
      /securityContext was added/
    ],
    [
      'Deployment',
      pod(safe),
      pod({ privileged: false, capabilities: {} }),
      /allowPrivilegeEscalation is absent, rendered false/
    ],
    [
      'Deployment',
      pod(safe, { automountServiceAccountToken: false }),
      pod(safe),
      /automountServiceAccountToken is absent, rendered false/
    ],
    [
      'CronJob',
      { schedule: '* * * * *' },
      { schedule: '* * * * *', suspend: true },
      /suspend is true, rendered absent: verify does not run on schedule$/
    ]
  ]
  for (const [kind, wanted, has, line] of cases) {
    t.match(compared(kind, wanted, has), [line])
    t.same(compared(kind, wanted, wanted), [])
  }
  const open = { automountServiceAccountToken: true }
  t.same(compared('Deployment', open, {}), [], 'absent means true')
  t.same(compared('CronJob', {}, { suspend: false }), [], "the API's default")
})

await t.test('no value that may be a secret is said', async (t) => {
  const env = [{ name: 'TOKEN', value: 's3cret' }]
  const more = [{ name: 'one', env }]
  const probe = { httpGet: { httpHeaders: [{ name: 'Authorization', value: 's3cret' }] } }
  const edits: readonly Edit[] = [
    container({ env }),
    container({ args: ['serve', '--push-gateway=http://u:s3cret@g', 'x'] }),
    container({ args: ['--push-gateway=http://u:s3cret@g'] }),
    container({ command: ['s3cret'] }),
    container({ lifecycle: { postStart: { exec: { command: ['s3cret'] } } } }),
    container({ envFrom: [{ prefix: 's3cret' }] }),
    podSpec({ initContainers: more }),
    podSpec({ containers: more }),
    template((before) => ({
      ...before,
      spec: { ...before.spec, containers: [...before.spec.containers, ...more] }
    }))
  ]
  for (const edit of edits) {
    const lines = told({ Deployment: edit }, true)
    t.match(lines, [/^DeploymentChanged /])
    t.notMatch(lines.join(), 's3cret')
  }
  const wanted = {
    kind: 'CronJob',
    metadata: {},
    spec: { jobs: [{ name: 'v', args: ['a'], probe }] }
  }
  const changed = { spec: { jobs: [{ name: 'v', args: ['s3cret', 's3cret'] }] } }
  const [cronJob] = [wanted].flatMap((object) => renderedOf(object, 'x') ?? [])
  if (cronJob === undefined) throw new Error('no CronJob')
  t.match(compareObject(cronJob, changed, { isPartial: false, template: undefined }), [
    { what: 'spec.jobs[v].args is another one; spec.jobs[v].probe is absent' }
  ])
})

await t.test('what was not seen is no difference', async (t) => {
  const chart = chartOf({}, false)
  const notSeen = { resource: 'roles', verb: 'get', why: 'it is forbidden' }
  const objects = chart.objects.map((object) =>
    object.rendered.kind === 'Role'
      ? { ...object, installed: { kind: 'notSeen' as const, notSeen } }
      : object
  )
  t.match(checkChartObjects({ ...chart, objects }), {
    detail: '7 of 8 objects are as this version renders them',
    findings: [],
    notSeen: [notSeen]
  })
  t.match(checkChartObjects({ ...chart, objects: [], other: '0.1.0' }), {
    detail: /^not compared: the chart is of version 0.1.0/,
    findings: []
  })
})

await t.test('a Secret that is no release of ours', async (t) => {
  for (const secret of [undefined, {}, { data: { release: 'AAAA' } }]) {
    t.equal(readRelease(secret), undefined)
  }
  t.same(readRelease(releaseSecret([]))?.objects, [], 'nor are objects of another chart')
})
