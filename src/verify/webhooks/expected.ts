import type { Config } from '../../config/config.ts'
import { conditionNames, matchConditions } from '../../guard/cel/match-conditions.ts'
import { renderPolicy } from '../../guard/cel/policy.ts'
import { resourceRules } from '../../guard/cel/resource-rules.ts'
import { celSettings } from '../../guard/cel/settings.ts'
import { guardEntries } from '../../guard/entries.ts'
import { guardPath } from '../../guard/guard-mode.ts'
import { guardedResources, rules } from '../../guard/rules/rules.ts'
import { injectEntry } from '../../inject/entry.ts'
import { optInLabel, webhookName } from '../../inject/names.ts'
import { listAt } from '../../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../../kubernetes/json.ts'

/** What the chart renders of this version for a configuration, as far as the configuration decides it. */
export interface Expected {
  readonly mutating: readonly JsonObject[]
  readonly validating: readonly JsonObject[]
  /** Undefined where it cannot be said, or the chart was told to render none. */
  readonly policy: readonly [policy: JsonObject, binding: JsonObject] | undefined
}

/** Renders from the records that the chart's own files are generated from. */
export function expectedOf(
  config: Config,
  timeoutSeconds?: number
): Expected & { readonly policy: readonly [policy: JsonObject, binding: JsonObject] } {
  const { scope, excludedNamespaces, nodePrivileges } = config.guard
  const conditions = matchConditions(rules, { settings: celSettings(config), nodePrivileges })
  const optedIn = { key: optInLabel.key, operator: 'In', values: [optInLabel.value] }
  const where = {
    optedIn: [excluded(excludedNamespaces), optedIn],
    elsewhere: [excluded(excludedNamespaces), { ...optedIn, operator: 'NotIn' }],
    clusterScoped: []
  }
  const timeout = timeoutSeconds === undefined ? {} : { timeoutSeconds }
  const pods = guardedResources.filter(({ asked }) => asked === 'pods')
  const guard = guardEntries
    .filter(({ scopes }) => scopes.includes(scope))
    .map((entry) =>
      webhook(config, {
        name: entry.name,
        path: guardPath(entry.mode),
        namespaces: where[entry.where],
        rules: resourceRules(guardedResources.filter(({ asked }) => asked === entry.asked)),
        condition: {
          name: conditionNames[entry.condition],
          expression: conditions[entry.condition]
        }
      })
    )
  const inject = webhook(config, {
    ...injectEntry,
    namespaces: where.optedIn,
    rules: resourceRules(pods.slice(0, 1))
  })
  const policy = renderPolicy(celSettings(config), {
    name: config.certificates.validatingWebhookConfiguration,
    scope,
    excludedNamespaces
  })
  return {
    mutating: [{ ...inject, ...timeout, reinvocationPolicy: 'IfNeeded' }],
    validating: guard.map((webhook) => ({ ...webhook, ...timeout })),
    policy: [asObject(policy[0]), asObject(policy[1])]
  }
}

/** What a release of another version rendered, by its own manifest. */
export function expectedOfManifest(objects: readonly JsonObject[]): Expected {
  const webhooks = (kind: string): readonly JsonObject[] =>
    objects.filter((object) => object.kind === kind).flatMap((object) => listAt(object, 'webhooks'))
  const policy = objects.find(({ kind }) => kind === 'ValidatingAdmissionPolicy')
  const binding = objects.find(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding')
  return {
    mutating: webhooks('MutatingWebhookConfiguration'),
    validating: webhooks('ValidatingWebhookConfiguration'),
    policy: policy === undefined || binding === undefined ? undefined : [policy, binding]
  }
}

const asObject = (value: object): JsonObject => (isObject(value) ? value : {})

const excluded = (values: readonly string[]): JsonObject => ({
  key: 'kubernetes.io/metadata.name',
  operator: 'NotIn',
  values
})

function webhook(
  { certificates }: Config,
  entry: {
    readonly name: string
    readonly path: string
    readonly namespaces: readonly JsonObject[]
    readonly rules: readonly object[]
    readonly condition: { readonly name: string; readonly expression: string }
  }
): JsonObject {
  const [name = '', namespace = ''] = (certificates.dnsNames[0] ?? '').split('.')
  return {
    name: webhookName(entry.name),
    clientConfig: { service: { name, namespace, path: entry.path, port: 443 } },
    namespaceSelector: { matchExpressions: entry.namespaces },
    rules: entry.rules,
    matchConditions: [entry.condition]
  }
}
