import { listAt, textAt, textsAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import { compareNamespaces } from './namespaces.ts'
import {
  changedRequirements,
  isImpossible,
  selectorOf,
  showRequirements as show
} from './requirements.ts'

/*
 * What a webhook, a policy and its binding have in common: which requests they are asked about
 * (admissionregistration.k8s.io/v1 Webhook, MatchResources).
 */

/** How what is installed differs from what the chart renders, and what follows. */
export interface Difference {
  /** Nothing is asked about, less or more than it should be, or something known that changes nothing. */
  readonly effect: 'never' | 'less' | 'more' | 'known'
  /** What differs: `objectSelector matches no pod`. */
  readonly what: string
}

/** What the comparison knows of the cluster. */
export interface MatchFacts {
  /** Labels of each opted-in namespace, by its name. */
  readonly optedIn: ReadonlyMap<string, Readonly<Record<string, string>>>
  /** Labels of every other namespace, for webhooks that are asked about those; absent where they were not seen. */
  readonly others?: ReadonlyMap<string, Readonly<Record<string, string>>>
  /** How many running pods of opted-in namespaces a selector matches; undefined where pods were not seen. */
  readonly podsMatching: (selector: JsonObject) => number | undefined
}

/** Compares which requests are asked about. `where` names the fields: empty, or `matchConstraints.` */
export function compareMatch(
  expected: JsonObject,
  actual: JsonObject,
  facts: MatchFacts,
  rules: 'rules' | 'resourceRules' = 'rules'
): readonly Difference[] {
  return [
    ...compareRules(listAt(expected, rules), listAt(actual, rules)),
    ...excluded(listAt(actual, 'excludeResourceRules')),
    ...compareNamespaces(expected, actual, facts),
    ...compareObjects(expected, actual, facts)
  ]
}

/** Every combination that a rule is about, as words: `CREATE of apps/v1 deployments`. */
function tuplesOf(rules: readonly JsonObject[]): readonly Tuple[] {
  return rules.flatMap((rule) =>
    textsAt(rule, 'operations').flatMap((operation) =>
      textsAt(rule, 'apiGroups').flatMap((group) =>
        textsAt(rule, 'apiVersions').flatMap((version) =>
          textsAt(rule, 'resources').map((resource) => {
            const scope = textAt(rule, 'scope') || '*'
            return {
              operation,
              group,
              version,
              resource,
              scope,
              names: textsAt(rule, 'resourceNames')
            }
          })
        )
      )
    )
  )
}

interface Tuple {
  readonly operation: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly scope: string
  /** Empty: every name. */
  readonly names: readonly string[]
}

/** True where a request of `wanted` matches the rule `rule`, wildcards and all. */
function covers(rule: Tuple, wanted: Tuple): boolean {
  const [main = '', sub = ''] = wanted.resource.split('/')
  const resources =
    sub === '' ? [main, '*', '*/*'] : [wanted.resource, `${main}/*`, `*/${sub}`, '*/*']
  return (
    [wanted.operation, '*'].includes(rule.operation) &&
    [wanted.group, '*'].includes(rule.group) &&
    [wanted.version, '*'].includes(rule.version) &&
    resources.includes(rule.resource) &&
    [wanted.scope, '*'].includes(rule.scope) &&
    rule.names.length === 0
  )
}

const showTuple = ({ operation, group, resource }: Tuple): string =>
  `${operation} of ${resource}${group === '' ? '' : `.${group}`}`

function compareRules(
  expected: readonly JsonObject[],
  actual: readonly JsonObject[]
): readonly Difference[] {
  const [wanted, found] = [tuplesOf(expected), tuplesOf(actual)]
  const missing = wanted.filter((tuple) => !found.some((rule) => covers(rule, tuple)))
  const more = found.filter((rule) => !wanted.some((tuple) => covers(tuple, rule)))
  const shown = (tuples: readonly Tuple[]): string => [...new Set(tuples.map(showTuple))].join(', ')
  const isNothing = missing.length > 0 && missing.length === wanted.length
  return [
    ...(isNothing
      ? [{ effect: 'never', what: 'its rules match no resource that it is for' } as const]
      : []),
    ...(missing.length > 0 && !isNothing
      ? [{ effect: 'less', what: `its rules leave out ${shown(missing)}` } as const]
      : []),
    ...(more.length > 0 && !isNothing
      ? [{ effect: 'more', what: `its rules add ${shown(more)}` } as const]
      : [])
  ]
}

function excluded(rules: readonly JsonObject[]): readonly Difference[] {
  const shown = tuplesOf(rules).map(showTuple).join(', ')
  return shown === '' ? [] : [{ effect: 'less', what: `excludeResourceRules leaves out ${shown}` }]
}

function compareObjects(
  expected: JsonObject,
  actual: JsonObject,
  { podsMatching }: MatchFacts
): readonly Difference[] {
  const { all, added, removed } = changedRequirements(
    expected.objectSelector,
    actual.objectSelector
  )
  const widened: readonly Difference[] =
    removed.length === 0 ? [] : [{ effect: 'more', what: `objectSelector lacks ${show(removed)}` }]
  if (added.length === 0) return widened
  if (isImpossible(all)) {
    return [...widened, { effect: 'never', what: 'objectSelector matches no object' }]
  }
  return podsMatching(selectorOf(all)) === 0
    ? [...widened, { effect: 'never', what: `objectSelector matches no pod (${show(added)})` }]
    : [
        ...widened,
        { effect: 'less', what: `objectSelector leaves out objects without ${show(added)}` }
      ]
}

/** Compares matchConditions: all of them must hold, so one more asks about less. */
export function compareConditions(
  expected: readonly JsonObject[],
  actual: readonly JsonObject[]
): readonly Difference[] {
  const text = (condition: JsonObject): string => plain(textAt(condition, 'expression'))
  const added = actual.filter((one) => !expected.some((other) => text(other) === text(one)))
  const removed = expected.filter((one) => !actual.some((other) => text(other) === text(one)))
  const changed = (one: JsonObject): boolean => removed.some(({ name }) => name === one.name)
  return [
    ...added.map((one): Difference => {
      const name = textAt(one, 'name')
      if (text(one) === 'false') {
        return { effect: 'never', what: `matchCondition ${name} is false` }
      }
      const verb = changed(one) ? 'is another one' : 'was added'
      return { effect: 'less', what: `matchCondition ${name} ${verb}: ${text(one).slice(0, 120)}` }
    }),
    ...removed
      .filter((one) => !added.some(({ name }) => name === one.name))
      .map(
        (one): Difference => ({
          effect: 'more',
          what: `matchCondition ${textAt(one, 'name')} was removed`
        })
      )
  ]
}

/** CEL without what does not count: white space outside is none of its meaning. */
export const plain = (expression: string): string => expression.replaceAll(/\s+/g, ' ').trim()
