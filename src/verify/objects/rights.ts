import { listAt, textAt, textsAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { ObjectDifference } from './compare.ts'

/** One thing that a rule of RBAC allows (rbac.authorization.k8s.io/v1 PolicyRule). */
interface Right {
  readonly verb: string
  /** `secrets`, `configmaps.example.com` by group and resource, or the path of a URL. */
  readonly resource: string
  readonly group: string
  /** Empty: of any name. */
  readonly name: string
}

function rightsOf(role: JsonObject): readonly Right[] {
  return listAt(role, 'rules').flatMap((rule) =>
    textsAt(rule, 'verbs').flatMap((verb) => [
      ...textsAt(rule, 'nonResourceURLs').map((resource) => ({
        verb,
        resource,
        group: '',
        name: ''
      })),
      ...textsAt(rule, 'apiGroups').flatMap((group) =>
        textsAt(rule, 'resources').flatMap((resource) => {
          const names = textsAt(rule, 'resourceNames')
          return (names.length === 0 ? [''] : names).map((name) => ({
            verb,
            resource,
            group,
            name
          }))
        })
      )
    ])
  )
}

const covers = (right: Right, wanted: Right): boolean =>
  [wanted.verb, '*'].includes(right.verb) &&
  [wanted.group, '*'].includes(right.group) &&
  [wanted.resource, '*'].includes(right.resource) &&
  [wanted.name, ''].includes(right.name)

/** `get, patch on secrets spiffe-webhook-tls`: rights on one thing are said together. */
function show(rights: readonly Right[]): string {
  const verbs = Map.groupBy(rights, ({ resource, group, name }) =>
    `${resource}${group === '' ? '' : `.${group}`} ${name}`.trimEnd()
  )
  return [...verbs]
    .map(([on, list]) => `${[...new Set(list.map(({ verb }) => verb))].join(', ')} on ${on}`)
    .join('; ')
}

/** What the server can no longer do, by what it may not touch; empty for the rights of others. */
function effectOf(lacking: readonly Right[]): string {
  const on = (resource: string, verbs: readonly string[]): boolean =>
    lacking.some((right) => right.resource === resource && verbs.includes(right.verb))
  const verbs = ['get', 'patch']
  const effects = [
    ...(on('secrets', verbs) ? ['certificates will not be renewed'] : []),
    ...(on('secrets', ['create']) ? ['a deleted Secret will not be made again'] : []),
    ...(on('mutatingwebhookconfigurations', verbs) || on('validatingwebhookconfigurations', verbs)
      ? ['the caBundle will not be kept up to date, so calls fail once the CA is renewed']
      : [])
  ]
  return effects.join('; ')
}

/** A Role or ClusterRole allows what was rendered, and no more. */
export function compareRole(rendered: JsonObject, found: JsonObject): readonly ObjectDifference[] {
  const [wanted, has] = [rightsOf(rendered), rightsOf(found)]
  const lacking = wanted.filter((one) => !has.some((right) => covers(right, one)))
  const added = has.filter((one) => !wanted.some((right) => covers(right, one)))
  return [
    ...(lacking.length === 0
      ? []
      : [
          {
            reason: 'RightMissing',
            what: `lacks ${show(lacking)}`,
            effect: effectOf(lacking)
          } as const
        ]),
    ...(added.length === 0
      ? []
      : [{ reason: 'RightAdded', what: `also allows ${show(added)}`, effect: '' } as const])
  ]
}

const subject = (one: JsonObject): string => {
  const namespace = textAt(one, 'namespace')
  return `${textAt(one, 'kind')} ${namespace === '' ? '' : `${namespace}/`}${textAt(one, 'name')}`
}

/** A binding gives the rendered role to the rendered subjects alone. */
export function compareBinding(
  rendered: JsonObject,
  found: JsonObject
): readonly ObjectDifference[] {
  const [wanted, has] = [rendered, found].map((binding) => listAt(binding, 'subjects').map(subject))
  const lacking = (wanted ?? []).filter((one) => !has?.includes(one))
  const added = (has ?? []).filter((one) => !wanted?.includes(one))
  const role = (binding: JsonObject): string =>
    `${textAt(binding, 'roleRef', 'kind')} ${textAt(binding, 'roleRef', 'name')}`
  return [
    ...(role(rendered) === role(found)
      ? []
      : [
          {
            reason: 'RightMissing',
            what: `gives ${role(found)}, not ${role(rendered)}`,
            effect: 'the server has other rights than it needs'
          } as const
        ]),
    ...(lacking.length === 0
      ? []
      : [
          {
            reason: 'RightMissing',
            what: `does not name ${lacking.join(', ')}`,
            effect: 'which has none of these rights'
          } as const
        ]),
    ...(added.length === 0
      ? []
      : [
          {
            reason: 'RightAdded',
            what: `also gives its rights to ${added.join(', ')}`,
            effect: ''
          } as const
        ])
  ]
}
