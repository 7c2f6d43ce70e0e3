import t from 'tap'
import type { JsonObject } from '../../../src/kubernetes/json.ts'
import { compareEntries } from '../../../src/verify/webhooks/compare.ts'
import { expectedOf } from '../../../src/verify/webhooks/expected.ts'
import type { MatchFacts } from '../../../src/verify/webhooks/match.ts'
import { defaultConfig } from '../../config/default-config.ts'
import { type Edit, rendered } from './rendered.ts'

const label = { 'spiffe-webhook/injection': 'enabled' }
const named = (name: string, labels = {}): readonly [string, Record<string, string>] => [
  name,
  { 'kubernetes.io/metadata.name': name, ...label, ...labels }
]
const facts: MatchFacts & { readonly requestTimeout: number } = {
  optedIn: new Map([named('sock-shop'), named('system', { 'control-plane': 'true' })]),
  podsMatching: () => 0,
  requestTimeout: 4000
}

const told = (
  edits: Readonly<Record<string, Edit | null>>,
  change: Partial<MatchFacts> = {}
): readonly string[] => {
  const { mutating, validating } = rendered(edits)
  const expected = expectedOf(defaultConfig)
  return [
    ...compareEntries({
      ...facts,
      ...change,
      side: 'mutating',
      expected: expected.mutating,
      installed: [mutating]
    }),
    ...compareEntries({
      ...facts,
      ...change,
      side: 'validating',
      expected: expected.validating,
      installed: [validating]
    })
  ].map(({ reason, message }) => `${reason} ${message}`)
}

const set =
  (fields: JsonObject): Edit =>
  (webhook) => ({ ...webhook, ...fields })

const first = (webhook: JsonObject, key: string): JsonObject =>
  (webhook[key] as readonly JsonObject[])[0] ?? {}

/** Changes every rule of an entry. */
const rules =
  (fields: JsonObject): Edit =>
  (webhook) => ({
    ...webhook,
    rules: (webhook.rules as readonly JsonObject[]).map((rule) => ({ ...rule, ...fields }))
  })

const service =
  (fields: JsonObject): Edit =>
  (webhook) => {
    const { service: of } = webhook.clientConfig as { readonly service: JsonObject }
    return { ...webhook, clientConfig: { service: { ...of, ...fields } } }
  }

const namespaces =
  (expression: JsonObject): Edit =>
  (webhook) => {
    const selector = webhook.namespaceSelector as { readonly matchExpressions: readonly object[] }
    return {
      ...webhook,
      namespaceSelector: { matchExpressions: [...selector.matchExpressions, expression] }
    }
  }

const condition =
  (name: string, expression: string): Edit =>
  (webhook) => ({
    ...webhook,
    matchConditions: [...(webhook.matchConditions as readonly object[]), { name, expression }]
  })

/** Another expression under the name that is there. */
const otherCondition: Edit = (webhook) => ({
  ...webhook,
  matchConditions: [{ ...first(webhook, 'matchConditions'), expression: "request.name == 'x'" }]
})

/**
 * The ways to switch a webhook off or to narrow it, one for each field of admissionregistration.k8s.io/v1
 * ValidatingWebhook and MutatingWebhook that says what is asked, where, and what happens without an answer.
 */
const switchedOff: readonly (readonly [what: string, edit: Edit | null, told: string])[] = [
  [
    'the entry is removed',
    null,
    'EntryMissing enforce-pods never asks: spiffe-webhook has no webhook enforce-pods.spiffe-webhook.internal'
  ],
  [
    'matchConditions: false',
    condition('off', 'false'),
    'EntryNarrowed enforce-pods never asks: matchCondition off is false'
  ],
  [
    'matchConditions: one more',
    condition('some', "request.name != 'x'"),
    "EntryNarrowed enforce-pods asks about less: matchCondition some was added: request.name != 'x'"
  ],
  [
    'matchConditions: another expression',
    otherCondition,
    "EntryNarrowed enforce-pods asks about less: matchCondition reaches-node-or-istio-proxy is another one: request.name == 'x'"
  ],
  [
    'objectSelector: no pod has the label',
    set({ objectSelector: { matchLabels: { nothing: 'matches' } } }),
    'EntryNarrowed enforce-pods never asks: objectSelector matches no pod (nothing=matches)'
  ],
  [
    'objectSelector: impossible',
    set({
      objectSelector: {
        matchExpressions: [
          { key: 'a', operator: 'Exists' },
          { key: 'a', operator: 'DoesNotExist' }
        ]
      }
    }),
    'EntryNarrowed enforce-pods never asks: objectSelector matches no object'
  ],
  [
    'namespaceSelector: impossible',
    namespaces({ key: 'spiffe-webhook/injection', operator: 'DoesNotExist' }),
    'EntryNarrowed enforce-pods never asks: namespaceSelector matches no namespace'
  ],
  [
    'namespaceSelector: no labelled namespace',
    namespaces({ key: 'team', operator: 'In', values: ['a'] }),
    'EntryNarrowed enforce-pods never asks: namespaceSelector matches no labelled namespace (team=a)'
  ],
  [
    'namespaceSelector: one namespace left out',
    namespaces({ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['sock-shop'] }),
    'EntryNarrowed enforce-pods asks about less: namespaceSelector has kubernetes.io/metadata.name!=sock-shop, which leaves out sock-shop'
  ],
  [
    "namespaceSelector: AKS's own, and a labelled namespace has the label",
    namespaces({ key: 'control-plane', operator: 'DoesNotExist' }),
    'EntryNarrowed enforce-pods asks about less: namespaceSelector has !control-plane, which leaves out system'
  ],
  [
    'rules: none of its resources',
    rules({ resources: ['configmaps'] }),
    'EntryNarrowed enforce-pods never asks: its rules match no resource that it is for'
  ],
  [
    'rules: without an operation',
    rules({ operations: ['DELETE'] }),
    'EntryNarrowed enforce-pods never asks: its rules match no resource that it is for'
  ],
  [
    'rules: another version',
    rules({ apiVersions: ['v9'] }),
    'EntryNarrowed enforce-pods never asks: its rules match no resource that it is for'
  ],
  [
    'rules: another group',
    rules({ apiGroups: ['apps'] }),
    'EntryNarrowed enforce-pods never asks: its rules match no resource that it is for'
  ],
  [
    'rules: another scope',
    rules({ scope: 'Cluster' }),
    'EntryNarrowed enforce-pods never asks: its rules match no resource that it is for'
  ],
  [
    'rules: one of two is gone',
    (webhook) => ({ ...webhook, rules: [first(webhook, 'rules')] }),
    'EntryNarrowed enforce-pods asks about less: its rules leave out UPDATE of pods/ephemeralcontainers'
  ],
  [
    'failurePolicy Ignore',
    set({ failurePolicy: 'Ignore' }),
    'GuardFailsOpen enforce-pods has failurePolicy Ignore: an outage lets everything through'
  ],
  [
    'another Service',
    service({ name: 'nobody' }),
    'CallMisdirected enforce-pods asks in the wrong place: it is sent to nobody.spiffe-webhook.svc:443/guard/enforce, not to spiffe-webhook.spiffe-webhook.svc:443/guard/enforce'
  ],
  [
    'another path',
    service({ path: '/guard/warn' }),
    'CallMisdirected enforce-pods asks in the wrong place: it is sent to spiffe-webhook.spiffe-webhook.svc:443/guard/warn, not to spiffe-webhook.spiffe-webhook.svc:443/guard/enforce'
  ],
  [
    'another port',
    service({ port: 8080 }),
    'CallMisdirected enforce-pods asks in the wrong place: it is sent to spiffe-webhook.spiffe-webhook.svc:8080/guard/enforce, not to spiffe-webhook.spiffe-webhook.svc:443/guard/enforce'
  ],
  [
    'a URL',
    set({ clientConfig: { url: 'https://elsewhere.test/guard/enforce' } }),
    'CallMisdirected enforce-pods asks in the wrong place: it is sent to URL https://elsewhere.test/guard/enforce, not to spiffe-webhook.spiffe-webhook.svc:443/guard/enforce'
  ],
  [
    'a review that the server does not speak',
    set({ admissionReviewVersions: ['v1beta1'] }),
    'CallMisdirected enforce-pods cannot be answered: admissionReviewVersions lacks v1'
  ],
  [
    'matchPolicy Exact',
    set({ matchPolicy: 'Exact' }),
    'MatchPolicyExact enforce-pods has matchPolicy Exact: set Equivalent'
  ],
  [
    'timeoutSeconds below the server’s',
    set({ timeoutSeconds: 1 }),
    "TimeoutTooShort enforce-pods has timeoutSeconds 1, not above the server's own 4 s: raise it"
  ]
]

await t.test('what the chart renders has no difference', async (t) => {
  t.same(told({}), [])
})

await t.test('each way of switching the guard off is found by name', async (t) => {
  for (const [what, edit, line] of switchedOff) t.same(told({ 'enforce-pods': edit }), [line], what)
})

await t.test('and of switching injection off', async (t) => {
  const lines = (edit: Edit | null): readonly string[] => told({ inject: edit })
  t.match(lines(null), ['EntryMissing inject never asks: '])
  t.same(lines(condition('off', 'false')), [
    'EntryNarrowed inject never asks: matchCondition off is false'
  ])
  t.match(lines(set({ objectSelector: { matchLabels: { nothing: 'matches' } } })), [
    'EntryNarrowed inject never asks: objectSelector matches no pod'
  ])
  t.match(lines(rules({ operations: ['UPDATE'] })), ['EntryNarrowed inject never asks: its rules'])
  t.match(lines(set({ failurePolicy: 'Ignore' })), ['InjectionFailsOpen inject has failurePolicy'])
})

await t.test('what only warns is a warning, and a volume has no namespace', async (t) => {
  t.match(told({ 'warn-pods': condition('off', 'false') }), [
    'WarningNarrowed warn-pods never asks'
  ])
  t.match(told({ 'warn-pods': set({ failurePolicy: 'Fail' }) }), ['WarningFailsClosed warn-pods'])
  t.match(told({ 'enforce-persistent-volumes': rules({ resources: ['pods'] }) }), [
    'EntryNarrowed enforce-persistent-volumes never asks'
  ])
})

await t.test('an addition that is known, or that matters to nobody yet', async (t) => {
  const onlyShop = { optedIn: new Map([named('sock-shop')]) }
  const aks = namespaces({ key: 'control-plane', operator: 'DoesNotExist' })
  t.same(told({ 'enforce-pods': aks }, onlyShop), [
    'KnownAddition enforce-pods asks as it should: namespaceSelector has !control-plane, added by AKS'
  ])
  const newer = (webhook: JsonObject): JsonObject =>
    namespaces({ key: 'kubernetes.azure.com/managedby', operator: 'NotIn', values: ['aks'] })(
      namespaces({ key: 'control-plane', operator: 'NotIn', values: ['true'] })(webhook)
    )
  const addition = 'namespaceSelector has control-plane!=true, kubernetes.azure.com/managedby!=aks'
  t.same(told({ 'enforce-pods': newer }, onlyShop), [
    `KnownAddition enforce-pods asks as it should: ${addition}, added by AKS`
  ])
  t.same(told({ 'enforce-pods': newer }), [
    `EntryNarrowed enforce-pods asks about less: ${addition}, which leaves out system`
  ])
  const other = namespaces({ key: 'team', operator: 'DoesNotExist' })
  t.same(told({ 'enforce-pods': other }, onlyShop), [
    'EntryNarrowed enforce-pods asks about less: namespaceSelector has !team'
  ])
  const pods = { podsMatching: () => 3 }
  t.same(told({ 'enforce-pods': set({ objectSelector: { matchLabels: { a: 'b' } } }) }, pods), [
    'EntryNarrowed enforce-pods asks about less: objectSelector leaves out objects without a=b'
  ])
})

await t.test('more than the chart renders is a warning', async (t) => {
  t.same(told({ 'enforce-pods': set({ namespaceSelector: {} }) }), [
    'EntryWidened enforce-pods asks about more: namespaceSelector lacks kubernetes.io/metadata.name notin (kube-system, spiffe-webhook), spiffe-webhook/injection=enabled'
  ])
  t.match(told({ 'enforce-pods': set({ matchConditions: [] }) }), [
    'EntryWidened enforce-pods asks about more: matchCondition reaches-node-or-istio-proxy was removed'
  ])
  t.match(told({ 'enforce-pods': rules({ operations: ['*'] }) }), [
    'EntryWidened enforce-pods asks about more: its rules add * of pods, * of pods/ephemeralcontainers'
  ])
  t.match(told({ 'enforce-pods': set({ name: 'mine.example.test' }) }), [
    'EntryMissing enforce-pods',
    'EntryUnknown mine.example.test is not a webhook that this version renders'
  ])
})

await t.test('what AKS adds is also judged for namespaces without the label', async (t) => {
  const config = { ...defaultConfig, guard: { ...defaultConfig.guard, scope: 'cluster' as const } }
  const aks = (webhook: JsonObject): JsonObject =>
    namespaces({ key: 'kubernetes.azure.com/managedby', operator: 'NotIn', values: ['aks'] })(
      namespaces({ key: 'control-plane', operator: 'NotIn', values: ['true'] })(webhook)
    )
  const { validating } = rendered({ 'enforce-pods-elsewhere': aks }, config)
  const findings = (others: Readonly<Record<string, Record<string, string>>>): readonly string[] =>
    compareEntries({
      ...facts,
      others: new Map(Object.entries(others)),
      side: 'validating',
      expected: expectedOf(config).validating,
      installed: [validating]
    }).map(({ reason, message }) => `${reason} ${message}`)
  const has = 'namespaceSelector has control-plane!=true, kubernetes.azure.com/managedby!=aks'
  const team = { team: { 'kubernetes.io/metadata.name': 'team' } }
  const asks = 'KnownAddition enforce-pods-elsewhere asks as it should'
  t.same(findings(team), [`${asks}: ${has}, added by AKS`])
  t.same(findings({ ...team, calico: { 'kubernetes.azure.com/managedby': 'aks' } }), [
    `${asks}: ${has}, added by AKS, which leaves out its own calico`
  ])
  t.same(findings({ ...team, sly: { 'control-plane': 'true' } }), [
    `EntryNarrowed enforce-pods-elsewhere asks about less: ${has}, which leaves out sly`
  ])
  t.same(findings({ sly: { 'control-plane': 'true' } }), [
    'EntryNarrowed enforce-pods-elsewhere never asks: namespaceSelector matches no namespace that it is for (control-plane!=true, kubernetes.azure.com/managedby!=aks)'
  ])
})

await t.test("timeoutSeconds is the chart's", async (t) => {
  const { mutating } = rendered()
  const findings = (timeoutSeconds: number): readonly string[] =>
    compareEntries({
      ...facts,
      side: 'mutating',
      expected: expectedOf(defaultConfig, timeoutSeconds).mutating,
      installed: [mutating]
    }).map(({ reason, message }) => `${reason} ${message}`)
  t.same(findings(5), [])
  t.same(findings(3), [
    'TimeoutChanged inject has timeoutSeconds 5, rendered 3: a replica that hangs holds up requests for longer'
  ])
  t.same(findings(10), [
    'TimeoutChanged inject has timeoutSeconds 5, rendered 10: a slow answer counts as none sooner'
  ])
})
