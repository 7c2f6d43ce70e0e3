import type { JsonObject } from '../../kubernetes/json.ts'
import type { Difference, MatchFacts } from './match.ts'
import {
  changedRequirements,
  isImpossible,
  showRequirements as show,
  showRequirement
} from './requirements.ts'
import { selects } from './selectors.ts'

/**
 * Namespace requirements that platforms add to every webhook by themselves, and whose they are. AKS' Admissions
 * Enforcer adds the second and the third, older versions of it the first (Azure/AKS issues 1771 and 4002).
 */
const knownAdditions: ReadonlyMap<string, string> = new Map([
  ['!control-plane', 'AKS'],
  ['control-plane!=true', 'AKS'],
  ['kubernetes.azure.com/managedby!=aks', 'AKS']
])

/** The label of namespaces that AKS keeps itself. */
const managedBy = { key: 'kubernetes.azure.com/managedby', value: 'aks' }

/** Compares which namespaces are asked about; names those that fall out. */
export function compareNamespaces(
  expected: JsonObject,
  actual: JsonObject,
  { optedIn, others = new Map() }: MatchFacts
): readonly Difference[] {
  const {
    all: requirements,
    added,
    removed
  } = changedRequirements(expected.namespaceSelector, actual.namespaceSelector)
  const widened: readonly Difference[] =
    removed.length === 0
      ? []
      : [{ effect: 'more', what: `namespaceSelector lacks ${show(removed)}` }]
  if (added.length === 0) return widened
  const before = [...optedIn, ...others].filter(([, labels]) =>
    selects(expected.namespaceSelector, labels)
  )
  const whose = added.map((one) => knownAdditions.get(showRequirement(one)))
  const [platform] = whose
  const isKnown = whose.every((known) => known !== undefined)
  const all = before.filter(([, labels]) => !selects(actual.namespaceSelector, labels))
  // AKS leaves out namespaces of its own, where only AKS creates pods.
  const out = all.filter(
    ([name, labels]) => !isKnown || optedIn.has(name) || labels[managedBy.key] !== managedBy.value
  )
  const addition = `namespaceSelector has ${show(added)}`
  const names = (list: typeof all): string => list.map(([name]) => name).join(', ')
  if (isImpossible(requirements)) {
    return [...widened, { effect: 'never', what: 'namespaceSelector matches no namespace' }]
  }
  if (before.length > 0 && out.length === before.length) {
    const which = before.every(([name]) => optedIn.has(name))
      ? 'no labelled namespace'
      : 'no namespace that it is for'
    const what = `namespaceSelector matches ${which} (${show(added)})`
    return [...widened, { effect: 'never', what }]
  }
  if (out.length > 0) {
    return [...widened, { effect: 'less', what: `${addition}, which leaves out ${names(out)}` }]
  }
  const own = all.length === 0 ? '' : `, which leaves out its own ${names(all)}`
  return isKnown
    ? [...widened, { effect: 'known', what: `${addition}, added by ${platform}${own}` }]
    : [...widened, { effect: 'less', what: addition }]
}
