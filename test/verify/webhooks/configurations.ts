import type { JsonObject } from '../../../src/kubernetes/json.ts'

const rule = (
  group: string,
  operations: readonly string[],
  ...resources: string[]
): JsonObject => ({
  apiGroups: [group],
  apiVersions: ['v1'],
  operations,
  resources
})

const pods = rule('', ['CREATE'], 'pods')

/** The rules of the guard, as the chart renders them. */
export const guardRules: readonly JsonObject[] = [
  pods,
  rule('', ['UPDATE'], 'pods', 'pods/ephemeralcontainers', 'pods/status'),
  rule('', ['CREATE'], 'pods/binding', 'bindings'),
  rule('', ['CREATE', 'UPDATE'], 'replicationcontrollers', 'podtemplates'),
  rule('apps', ['CREATE', 'UPDATE'], 'deployments', 'replicasets', 'statefulsets', 'daemonsets'),
  rule('batch', ['CREATE', 'UPDATE'], 'jobs', 'cronjobs')
]

const optedIn = {
  matchExpressions: [
    { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] },
    { key: 'spiffe-webhook/injection', operator: 'In', values: ['enabled'] }
  ]
}

const entry = (name: string, path: string, rules: readonly JsonObject[]): JsonObject => ({
  name: `${name}.spiffe-webhook.internal`,
  clientConfig: { service: { name: 'spiffe-webhook', namespace: 'spiffe-webhook', path } },
  failurePolicy: name.startsWith('warn') ? 'Ignore' : 'Fail',
  matchPolicy: 'Equivalent',
  timeoutSeconds: 5,
  namespaceSelector: optedIn,
  rules
})

/** One webhook of ours, changed. */
export type Change = Readonly<Record<string, unknown>>

const configuration = (name: string, webhooks: readonly JsonObject[]): JsonObject => ({
  metadata: { name, labels: { 'app.kubernetes.io/name': 'spiffe-webhook' } },
  webhooks
})

/** Our mutating configuration, with a change of its one entry. */
export const mutating = (change: Change = {}, name = 'spiffe-webhook'): JsonObject =>
  configuration(name, [
    { ...entry('inject', '/inject', [pods]), reinvocationPolicy: 'IfNeeded', ...change }
  ])

/** Our validating configuration, with changes by the first word of an entry's name; `null` drops it. */
export const validating = (changes: Readonly<Record<string, Change | null>> = {}): JsonObject => {
  const entries = {
    enforce: entry('enforce', '/guard/enforce', guardRules),
    volumes: entry('volumes', '/guard/enforce-host-paths', [
      rule('', ['CREATE', 'UPDATE'], 'persistentvolumes')
    ]),
    warn: entry('warn', '/guard/warn', guardRules)
  }
  return configuration(
    'spiffe-webhook',
    Object.entries(entries).flatMap(([key, webhook]) =>
      changes[key] === null ? [] : [{ ...webhook, ...changes[key] }]
    )
  )
}

const istioEntry = (
  prefix: string,
  namespaceSelector: JsonObject,
  objectSelector: JsonObject,
  change: Change
): JsonObject => ({
  name: `${prefix}.sidecar-injector.istio.io`,
  namespaceSelector,
  objectSelector,
  rules: [pods],
  ...change
})

const expression = (key: string, operator: string, values: readonly string[] = []): JsonObject => ({
  key,
  operator,
  ...(values.length === 0 ? {} : { values })
})

const notFalse = { matchExpressions: [expression('sidecar.istio.io/inject', 'NotIn', ['false'])] }

/** Istio's injector of the default revision (istio-discovery mutatingwebhook.yaml), with a change of every entry. */
export const injector = (change: Change = {}, name = 'istio-sidecar-injector'): JsonObject => ({
  metadata: { name, labels: { app: 'sidecar-injector' } },
  webhooks: [
    istioEntry(
      'rev.namespace',
      {
        matchExpressions: [
          expression('istio.io/rev', 'In', ['default']),
          expression('istio-injection', 'DoesNotExist')
        ]
      },
      notFalse,
      change
    ),
    istioEntry(
      'namespace',
      { matchExpressions: [expression('istio-injection', 'In', ['enabled'])] },
      notFalse,
      change
    ),
    istioEntry(
      'object',
      {
        matchExpressions: [
          expression('istio-injection', 'DoesNotExist'),
          expression('istio.io/rev', 'DoesNotExist')
        ]
      },
      { matchExpressions: [expression('sidecar.istio.io/inject', 'In', ['true'])] },
      change
    )
  ]
})
