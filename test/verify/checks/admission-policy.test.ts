import t from 'tap'
import type { JsonObject } from '../../../src/kubernetes/json.ts'
import {
  checkAdmissionPolicy,
  type PolicyFacts
} from '../../../src/verify/checks/admission-policy.ts'
import { expectedOf } from '../../../src/verify/webhooks/expected.ts'
import { defaultConfig } from '../../config/default-config.ts'

const [policy, binding] = expectedOf(defaultConfig).policy
const labels = { 'kubernetes.io/metadata.name': 'sock-shop', 'spiffe-webhook/injection': 'enabled' }
const facts: PolicyFacts = {
  name: 'spiffe-webhook',
  policy,
  bindings: [binding],
  expected: [policy, binding],
  isWanted: false,
  optedIn: new Map([['sock-shop', labels]]),
  podsMatching: () => 0
}
const told = (change: Partial<PolicyFacts>): readonly string[] =>
  checkAdmissionPolicy({ ...facts, ...change }).findings.map(
    ({ reason, message }) => `${reason} ${message}`
  )

const spec = policy.spec as JsonObject
const constraints = spec.matchConstraints as JsonObject
const variables = spec.variables as readonly JsonObject[]
const conditions = spec.matchConditions as readonly JsonObject[]
const rules = constraints.resourceRules as readonly JsonObject[]

const withSpec = (fields: JsonObject): Partial<PolicyFacts> => ({
  policy: { ...policy, spec: { ...spec, ...fields } }
})
const withConstraints = (fields: JsonObject): Partial<PolicyFacts> =>
  withSpec({ matchConstraints: { ...constraints, ...fields } })
const bound = (fields: JsonObject): Partial<PolicyFacts> => ({
  bindings: [{ ...binding, spec: { ...(binding.spec as JsonObject), ...fields } }]
})
const nothing = { matchLabels: { nothing: 'matches' } }
const pods = { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['pods'] }

/**
 * The ways to switch the policy off or to narrow it, by the fields of ValidatingAdmissionPolicySpec, MatchResources and
 * ValidatingAdmissionPolicyBindingSpec (admissionregistration.k8s.io/v1).
 */
const switchedOff: readonly (readonly [
  what: string,
  change: Partial<PolicyFacts>,
  told: RegExp
])[] = [
  [
    'the policy is removed',
    { policy: undefined },
    /^PolicyMissing there is no ValidatingAdmissionPolicy/
  ],
  [
    'the binding is removed',
    { bindings: [] },
    /^PolicyNotBound there is no ValidatingAdmissionPolicyBinding/
  ],
  [
    'only audited',
    bound({ validationActions: ['Audit'] }),
    /^PolicyNotEnforced .* has validationActions Audit without Deny: nothing is refused/
  ],
  ['only warned about', bound({ validationActions: ['Warn', 'Audit'] }), /^PolicyNotEnforced/],
  [
    'a binding for other objects',
    bound({ matchResources: { objectSelector: nothing } }),
    /^PolicyNarrowed .* never asks: objectSelector matches no pod/
  ],
  [
    'a binding for other namespaces',
    bound({ matchResources: { namespaceSelector: nothing } }),
    /^PolicyNarrowed .*Binding .* never asks: namespaceSelector matches no labelled namespace/
  ],
  [
    'a binding for one resource',
    bound({ matchResources: { resourceRules: [pods] } }),
    /^PolicyNarrowed .* asks about less: its rules leave out .*UPDATE of pods\/ephemeralcontainers/
  ],
  [
    'a binding that leaves pods out',
    bound({ matchResources: { excludeResourceRules: [pods] } }),
    /^PolicyNarrowed .* excludeResourceRules leaves out \* of pods/
  ],
  [
    'a binding with parameters',
    bound({ paramRef: { name: 'x', parameterNotFoundAction: 'Allow' } }),
    /^PolicyNarrowed .* has a paramRef/
  ],
  ['failurePolicy Ignore', withSpec({ failurePolicy: 'Ignore' }), /^PolicyFailsOpen/],
  [
    'parameters',
    withSpec({ paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }),
    /^PolicyChanged .* has a paramKind/
  ],
  [
    'matchConditions: false',
    withSpec({ matchConditions: [...conditions, { name: 'off', expression: 'false' }] }),
    /^PolicyNarrowed .* never asks: matchCondition off is false/
  ],
  [
    'objectSelector',
    withConstraints({ objectSelector: nothing }),
    /^PolicyNarrowed .* never asks: objectSelector matches no pod/
  ],
  [
    'rules without pods',
    withConstraints({ resourceRules: rules.slice(1) }),
    /^PolicyNarrowed .* asks about less: its rules leave out CREATE of pods, CREATE of pods\/binding, CREATE of bindings$/
  ],
  [
    'excludeResourceRules',
    withConstraints({ excludeResourceRules: [pods] }),
    /^PolicyNarrowed .* excludeResourceRules leaves out \* of pods/
  ],
  [
    'matchPolicy Exact',
    withConstraints({ matchPolicy: 'Exact' }),
    /^PolicyNarrowed .* has matchPolicy Exact/
  ],
  [
    'no validations',
    withSpec({ validations: [] }),
    /^PolicyChanged .* has no validations: it refuses nothing/
  ],
  [
    'a validation that is always true',
    withSpec({ validations: [{ expression: 'true' }] }),
    /^PolicyChanged .* has other validations than this version renders \(0\)/
  ],
  [
    'a variable that is another one',
    withSpec({
      variables: variables.map((one, i) => (i === 0 ? { ...one, expression: '[]' } : one))
    }),
    /^PolicyChanged .* has other variables than this version renders \(\w+\)/
  ]
]

await t.test('what is rendered has no difference', async (t) => {
  t.same(told({}), [])
  t.equal(checkAdmissionPolicy(facts).detail, 'spiffe-webhook refuses as configured (Deny, Audit)')
  const spread = JSON.parse(JSON.stringify(policy).replaceAll(/(?<!\\)\\n/g, '\\n   '))
  t.same(told({ policy: spread }), [], 'white space between is none')
})

await t.test('each way of switching the policy off is found by name', async (t) => {
  for (const [what, change, line] of switchedOff) {
    const lines = told(change)
    t.match(lines[0] ?? '', line, what)
    t.equal(lines.length, 1, `${what}: one line`)
  }
})

await t.test('no policy is nothing to find, unless the release has one', async (t) => {
  const absent = { policy: undefined, bindings: [] }
  t.same(told(absent), [])
  t.equal(checkAdmissionPolicy({ ...facts, ...absent }).detail, 'no policy is installed')
  t.match(told({ ...absent, isWanted: true }), [/^PolicyMissing/, /^PolicyNotBound/])
})

await t.test('another binding beside a good one takes nothing away', async (t) => {
  const { bindings = [] } = bound({ validationActions: ['Audit'] })
  t.same(told({ bindings: [binding, ...bindings] }), [])
})

await t.test('without the configuration only what needs none is judged', async (t) => {
  const change = { ...withSpec({ validations: [], failurePolicy: 'Ignore' }), expected: undefined }
  t.match(told(change), [/^PolicyFailsOpen/])
})
