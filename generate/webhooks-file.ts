import { Document, isScalar, Scalar, visit } from 'yaml'
import { conditionNames, matchConditions } from '../src/guard/cel/match-conditions.ts'
import { policyRules } from '../src/guard/cel/policy.ts'
import { resourceRules } from '../src/guard/cel/resource-rules.ts'
import { guardEntries } from '../src/guard/entries.ts'
import { guardPath } from '../src/guard/guard-mode.ts'
import type { Rule } from '../src/guard/rules/rule.ts'
import { type GuardedResource, guardedResources, rules } from '../src/guard/rules/rules.ts'
import { injectEntry } from '../src/inject/entry.ts'
import { optInLabel, webhookName } from '../src/inject/names.ts'
import { chartSettings } from './chart-settings.ts'

/** One expression for each answer of guard.nodePrivileges, where they differ. */
const either = (warn: string, deny: string): string =>
  warn === deny
    ? warn
    : `{{- if eq .Values.guard.nodePrivileges "deny" }}\n${deny}\n{{- else }}\n${warn}\n{{- end }}`

/**
 * The entries of both webhook configurations as data for the chart's templates, which add what the chart decides. It is
 * text for Helm's tpl: settings stand in it as template expressions.
 */
export function webhooksFile(
  guardRules: readonly Rule[] = rules,
  resources: readonly GuardedResource[] = guardedResources
): string {
  const conditions = (nodePrivileges: 'warn' | 'deny'): ReturnType<typeof matchConditions> =>
    matchConditions(guardRules, { settings: chartSettings, nodePrivileges })
  const [warn, deny] = [conditions('warn'), conditions('deny')]
  const groups = Map.groupBy(resources, ({ asked }) => asked)
  const names = Object.keys(conditionNames) as (keyof typeof conditionNames)[]
  const data = {
    namespaces: {
      optedIn: { key: optInLabel.key, operator: 'In', values: [optInLabel.value] },
      elsewhere: { key: optInLabel.key, operator: 'NotIn', values: [optInLabel.value] }
    },
    inject: {
      name: webhookName(injectEntry.name),
      path: injectEntry.path,
      rules: resourceRules(resources.filter(({ asked }) => asked === 'pods').slice(0, 1)),
      matchConditions: [injectEntry.condition]
    },
    guard: guardEntries.map(({ name, mode, where, scopes, asked, condition }) => ({
      name: webhookName(name),
      mode,
      path: guardPath(mode),
      where,
      scopes,
      asked,
      condition
    })),
    rules: {
      ...Object.fromEntries([...groups].map(([asked, members]) => [asked, resourceRules(members)])),
      policy: policyRules
    },
    matchConditions: Object.fromEntries(
      names.map((key) => [
        key,
        [{ name: conditionNames[key], expression: either(warn[key], deny[key]) }]
      ])
    )
  }
  const document = new Document(data, { aliasDuplicateObjects: false })
  visit(document, {
    Pair: (_, { key, value }) => {
      const isExpression = isScalar(key) && key.value === 'expression' && isScalar(value)
      if (isExpression) value.type = Scalar.BLOCK_LITERAL
    },
    Map: (_, node) => {
      const isFlow = node.has('apiGroups') || node.has('scopes') || node.has('values')
      if (isFlow) node.flow = true
    }
  })
  document.commentBefore =
    ' Generated from src/guard/entries.ts and src/guard/rules by npm run generate; the templates of the webhook configurations fill it in.'
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}
