import type { GuardedResource } from '../rules/rules.ts'

/** One rule of a webhook or a policy (admissionregistration.k8s.io/v1 RuleWithOperations). */
export interface ResourceRule {
  readonly apiGroups: readonly [string]
  readonly apiVersions: readonly ['v1']
  readonly operations: readonly string[]
  readonly resources: readonly string[]
  readonly scope: string
}

/** The rules that ask about these resources: one for those of the same group, operations and scope. */
export function resourceRules(resources: readonly GuardedResource[]): readonly ResourceRule[] {
  const alike = Map.groupBy(resources, ({ group, operations, scope }) =>
    JSON.stringify([group, operations, scope])
  )
  return [...alike.values()].flatMap((members) => {
    const [first] = members
    if (first === undefined) return []
    return [
      {
        apiGroups: [first.group],
        apiVersions: ['v1'],
        operations: first.operations,
        resources: members.map(({ resource }) => resource),
        scope: first.scope
      }
    ]
  })
}
