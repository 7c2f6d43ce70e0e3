import t from 'tap'
import { checkWebhookConfigurations } from '../../../src/verify/checks/webhook-configurations.ts'
import type { ConfigurationFacts } from '../../../src/verify/webhooks/findings.ts'
import {
  type Change,
  guardRules,
  injector,
  mutating,
  validating
} from '../webhooks/configurations.ts'

const labels = {
  'kubernetes.io/metadata.name': 'sock-shop',
  'spiffe-webhook/injection': 'enabled'
}
const facts: ConfigurationFacts = {
  mutating: [injector(), mutating()],
  validating: [validating()],
  mutatingName: 'spiffe-webhook',
  validatingName: 'spiffe-webhook',
  requestTimeout: 4000,
  expected: undefined,
  podsMatching: () => undefined,
  optedIn: new Map([['sock-shop', labels]])
}
const found = (change: Partial<ConfigurationFacts>): readonly string[] =>
  checkWebhookConfigurations({ ...facts, ...change }).findings.map(
    ({ reason, message }) => `${reason}: ${message}`
  )
const url = (path: string): Change => ({ clientConfig: { url: `https://127.0.0.1:8443${path}` } })

await t.test('what the chart installs passes', async (t) => {
  t.same(found({}), [])
  t.match(checkWebhookConfigurations(facts).detail, 'mutating 1, validating 1: spiffe-webhook')
  t.same(found({ mutating: [mutating(url('/inject'))] }), [], 'by an address too')
})

await t.test('a configuration that is missing', async (t) => {
  t.match(found({ mutating: [injector()] }), [/^MutatingConfigurationMissing/])
  t.match(found({ validating: [] }), [/^ValidatingConfigurationMissing/])
  t.same(found({ mutating: undefined, validating: undefined }), [], 'unseen is not missing')
})

await t.test('a configuration under another name is found by its label', async (t) => {
  t.same(found({ mutatingName: 'other', mutating: [mutating({}, 'z-ours')] }), [])
})

await t.test('the injecting webhook', async (t) => {
  const cases: readonly (readonly [string, Change, RegExp])[] = [
    ['is under another path', url('/mutate'), /^EntryMissing: .*\/inject/],
    ['has an address that is none', { clientConfig: { url: '::' } }, /^EntryMissing/],
    ['is not asked about pods', { rules: [] }, /^RuleMissing: .*CREATE of pods/],
    ['fails open', { failurePolicy: 'Ignore' }, /^InjectionFailsOpen/],
    ['matches exactly', { matchPolicy: 'Exact' }, /^MatchPolicyExact/],
    ['has too little time', { timeoutSeconds: 4 }, /^TimeoutTooShort: .*timeoutSeconds 4.* 4 s/],
    [
      'selects other namespaces',
      { namespaceSelector: { matchLabels: { team: 'a' } } },
      /^NamespaceNotSelected: namespace sock-shop/
    ]
  ]
  for (const [name, change, wanted] of cases) {
    t.match(found({ mutating: [mutating(change)] }), [wanted], name)
  }
  t.same(found({ mutating: [mutating({ timeoutSeconds: undefined })] }), [], '10 s by default')
  t.same(
    found({
      mutating: [mutating({ rules: [{ apiGroups: ['*'], resources: ['*/*'], operations: ['*'] }] })]
    }),
    []
  )
})

await t.test('the guard', async (t) => {
  const cases: readonly (readonly [string, Parameters<typeof validating>[0], RegExp])[] = [
    ['enforces nowhere', { enforce: null }, /^EntryMissing: .*\/guard\/enforce/],
    ['fails open', { enforce: { failurePolicy: 'Ignore' } }, /^GuardFailsOpen/],
    ['warns and fails closed', { warn: { failurePolicy: 'Fail' } }, /^WarningFailsClosed/],
    ['warns and fails closed by default', { warn: { failurePolicy: undefined } }, /^WarningFails/],
    ['lets volumes through', { volumes: null }, /^RuleMissing: .*CREATE of persistentvolumes/],
    [
      'is not asked about templates',
      { enforce: { rules: guardRules.slice(0, 3) } },
      /^RuleMissing: .*CREATE of deployments.*CREATE of cronjobs/
    ],
    ['matches exactly', { volumes: { matchPolicy: 'Exact' } }, /^MatchPolicyExact/]
  ]
  for (const [name, changes, wanted] of cases) {
    t.match(found({ validating: [validating(changes)] }), [wanted], name)
  }
  t.match(found({ validating: [validating({ warn: null, volumes: null })] }), [
    /persistentvolumes/,
    /^EntryMissing: .*\/guard\/warn/
  ])
  t.same(found({ validating: [validating({ warn: null })] }), [], 'scope cluster need not warn')
})

await t.test('configurations without entries are as good as none', async (t) => {
  const empty = { metadata: { name: 'spiffe-webhook' }, webhooks: [] }
  t.match(found({ mutating: [empty], validating: [empty] }), [
    /^MutatingConfigurationMissing/,
    /^ValidatingConfigurationMissing/
  ])
})
