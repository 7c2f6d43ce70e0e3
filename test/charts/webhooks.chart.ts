import t from 'tap'
import { one, render } from './helm.ts'
import { type Webhook, webhooks } from './shapes.ts'
import { configurationsFacts, findingsOf } from './verified.ts'

const optIn = { key: 'spiffe-webhook/injection', values: ['enabled'] }
const notHere = {
  key: 'kubernetes.io/metadata.name',
  operator: 'NotIn',
  values: ['kube-system', 'spiffe-webhook']
}

async function guards(values: object = {}): Promise<ReadonlyMap<string, Webhook>> {
  const rendered = await render('spiffe-webhook', values)
  const entries = webhooks(one(rendered, 'ValidatingWebhookConfiguration'))
  return new Map(entries.map((entry) => [entry.name.split('.')[0] ?? '', entry]))
}

await t.test('the mutating entry', async (t) => {
  const configuration = one(await render('spiffe-webhook'), 'MutatingWebhookConfiguration')
  const [entry, ...others] = webhooks(configuration)
  t.same(others, [])
  t.match(entry, {
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    reinvocationPolicy: 'IfNeeded',
    sideEffects: 'None',
    timeoutSeconds: 5,
    admissionReviewVersions: ['v1'],
    clientConfig: { service: { path: '/inject', port: 443 } },
    rules: [{ operations: ['CREATE'], resources: ['pods'] }],
    namespaceSelector: { matchExpressions: [notHere, { ...optIn, operator: 'In' }] }
  })
  t.notOk(entry !== undefined && 'objectSelector' in entry, 'pods that opt out are told so')
})

/** Entry, path, failurePolicy and which namespaces. */
const labelled = [
  ['enforce-pods', '/guard/enforce', 'Fail', 'In'],
  ['enforce-pod-updates', '/guard/enforce', 'Fail', 'In'],
  ['enforce-templates', '/guard/enforce', 'Fail', 'In']
] as const
const volumes = [
  ['enforce-persistent-volumes', '/guard/enforce-host-paths', 'Fail', 'any'],
  ['warn-pods', '/guard/warn', 'Ignore', 'In'],
  ['warn-templates', '/guard/warn', 'Ignore', 'In'],
  ['warn-pods-elsewhere', '/guard/warn', 'Ignore', 'NotIn']
] as const
const storage = [
  ['warn-templates-elsewhere', '/guard/warn', 'Ignore', 'NotIn'],
  ['warn-persistent-volumes', '/guard/warn', 'Ignore', 'any'],
  ['warn-storage-classes', '/guard/warn', 'Ignore', 'any']
] as const
const scopes = {
  optedIn: [
    ...labelled,
    ...volumes,
    ['warn-pod-updates-elsewhere', '/guard/warn', 'Ignore', 'NotIn'],
    ...storage
  ],
  cluster: [
    ...labelled,
    ['enforce-pods-elsewhere', '/guard/enforce-host-paths', 'Fail', 'NotIn'],
    ['enforce-pod-updates-elsewhere', '/guard/enforce-host-paths', 'Fail', 'NotIn'],
    ['enforce-templates-elsewhere', '/guard/enforce-host-paths', 'Fail', 'NotIn'],
    ...volumes,
    ...storage
  ]
} as const

for (const [scope, wanted] of Object.entries(scopes)) {
  await t.test(`the validating entries of scope ${scope}`, async (t) => {
    const entries = await guards({ guard: { scope } })
    t.same(
      [...entries.keys()],
      wanted.map(([name]) => name)
    )
    for (const [name, path, failurePolicy, where] of wanted) {
      const entry = entries.get(name)
      t.match(entry, {
        failurePolicy,
        clientConfig: { service: { path } },
        matchPolicy: 'Equivalent',
        sideEffects: 'None',
        timeoutSeconds: 5
      })
      const expressions = entry?.namespaceSelector?.matchExpressions
      t.same(
        expressions,
        where === 'any' ? undefined : [notHere, { ...optIn, operator: where }],
        name
      )
      t.ok((entry?.matchConditions.length ?? 0) > 0, `${name} leaves ordinary objects alone`)
    }
  })
}

await t.test('what has no namespace is in no entry that asks for a namespace', async (t) => {
  for (const [name, { rules, namespaceSelector }] of await guards({
    guard: { scope: 'cluster' }
  })) {
    const asked = rules.some(({ resources }) =>
      resources.some((resource) => /^(persistentvolumes|storageclasses)$/.test(resource))
    )
    t.equal(asked, namespaceSelector === undefined, name)
  }
})

await t.test(
  'of all subresources only those that change volumes or annotations are asked about',
  async (t) => {
    const entries = [...(await guards({ guard: { scope: 'cluster' } })).values()]
    const resources = entries.flatMap(({ rules }) => rules.flatMap((rule) => rule.resources))
    const sub = resources.filter((resource) => /[/*]/.test(resource))
    t.same([...new Set(sub)], ['pods/ephemeralcontainers', 'pods/status', 'pods/binding'])
  }
)

await t.test('the same namespaces are left alone by every entry', async (t) => {
  for (const scope of ['optedIn', 'cluster']) {
    const values = { guard: { scope }, excludedNamespaces: ['kube-system', 'cni'] }
    for (const [name, { namespaceSelector }] of await guards(values)) {
      const [first] = namespaceSelector?.matchExpressions ?? []
      if (first !== undefined) t.same(first.values, ['kube-system', 'cni', 'spiffe-webhook'], name)
    }
  }
})

await t.test('an administrator may fail open, warnings never fail closed', async (t) => {
  const entries = await guards({ failurePolicy: 'Ignore', guard: { scope: 'cluster' } })
  t.ok([...entries.values()].every(({ failurePolicy }) => failurePolicy === 'Ignore'))
  const mutating = one(
    await render('spiffe-webhook', { failurePolicy: 'Ignore' }),
    'MutatingWebhookConfiguration'
  )
  t.equal(webhooks(mutating)[0]?.failurePolicy, 'Ignore')
})

await t.test('the lists of the values stand in the conditions', async (t) => {
  const driver = 'a.b"c'
  const values = { guard: { deniedCsiDrivers: [driver] }, inject: { csiDriver: 'x.spiffe.io' } }
  const text = JSON.stringify([...(await guards(values)).values()])
  t.ok(text.includes(JSON.stringify(`["a.b\\"c"]`).slice(1, -1)))
  t.ok(text.includes('x.spiffe.io'))
})

await t.test('privileges are asked about closed only where they are refused', async (t) => {
  const expression = async (nodePrivileges: string): Promise<string> =>
    JSON.stringify(
      (await guards({ guard: { nodePrivileges } })).get('enforce-pods')?.matchConditions
    )
  t.notMatch(await expression('warn'), /hostPID/)
  t.match(await expression('deny'), /hostPID/)
  const templates = await guards({ guard: { nodePrivileges: 'deny' } })
  t.match(JSON.stringify(templates.get('enforce-templates')), /hostPID/)
})

await t.test('verify has nothing to say of either scope', async (t) => {
  for (const scope of ['optedIn', 'cluster']) {
    const rendered = await render('spiffe-webhook', { guard: { scope } })
    t.same(findingsOf(configurationsFacts(rendered)), [], scope)
  }
})
