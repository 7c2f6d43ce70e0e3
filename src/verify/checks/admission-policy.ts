import { listAt, nameOf, textAt, textsAt } from '../../kubernetes/fields.ts'
import { equalJson, isObject, type JsonObject } from '../../kubernetes/json.ts'
import type { CheckResult } from '../check.ts'
import { type Finding, finding } from '../finding.ts'
import type { VerifyReason } from '../reasons.ts'
import {
  compareConditions,
  compareMatch,
  type Difference,
  type MatchFacts,
  plain
} from '../webhooks/match.ts'

/** The policy and the bindings of a cluster, and what the installed configuration makes of them. */
export interface PolicyFacts extends MatchFacts {
  /** Name of our policy, and of its binding. */
  readonly name: string
  /** ValidatingAdmissionPolicy of that name; undefined where there is none. */
  readonly policy: JsonObject | undefined
  /** Every ValidatingAdmissionPolicyBinding that names it. */
  readonly bindings: readonly JsonObject[]
  /** What `spiffe-webhook policy` prints for the installed configuration; undefined where that was not seen. */
  readonly expected: readonly [policy: JsonObject, binding: JsonObject] | undefined
  /** True where the release says that the policy is installed. */
  readonly isWanted: boolean
}

const kind = 'ValidatingAdmissionPolicy'
const bindingKind = 'ValidatingAdmissionPolicyBinding'

/** The policy refuses inside the API server what the webhook would refuse, where it is installed. */
export function checkAdmissionPolicy(facts: PolicyFacts): CheckResult {
  const { name, policy, bindings, isWanted } = facts
  if (policy === undefined && bindings.length === 0 && !isWanted) {
    return {
      check: 'admission-policy',
      detail: 'no policy is installed',
      findings: [],
      notSeen: []
    }
  }
  const findings = [
    ...(policy === undefined ? [missing('PolicyMissing', kind, name)] : judgePolicy(policy, facts)),
    ...(bindings.length === 0 ? [missing('PolicyNotBound', bindingKind, name)] : []),
    ...judgeBindings(bindings, facts)
  ]
  const [binding] = bindings
  const actions = textsAt(binding, 'spec', 'validationActions').join(', ') || 'nothing'
  return {
    check: 'admission-policy',
    detail:
      findings.length === 0
        ? `${name} refuses as configured (${actions})`
        : `${name}: ${findings.length} differences`,
    findings,
    notSeen: []
  }
}

const command = (of: string, name: string): string =>
  `kubectl get ${of.toLowerCase()} ${name} -o yaml`

function missing(reason: VerifyReason, of: string, name: string): Finding {
  const message = `there is no ${of} ${name}: while no replica answers, nothing is refused`
  const upgrade =
    'helm upgrade spiffe-webhook charts/spiffe-webhook --namespace spiffe-webhook --reset-then-reuse-values'
  return finding(reason, { kind: of, name }, message, upgrade)
}

const verbs: Readonly<Record<Difference['effect'], string>> = {
  never: 'never asks',
  less: 'asks about less',
  more: 'asks about more',
  known: 'asks as it should'
}

/** A difference in what is asked about, as a finding. */
function narrowed(of: string, name: string, { effect, what }: Difference): Finding {
  const reasons = {
    never: 'PolicyNarrowed',
    less: 'PolicyNarrowed',
    more: 'EntryWidened',
    known: 'KnownAddition'
  } as const
  return finding(
    reasons[effect],
    { kind: of, name },
    `${of} ${name} ${verbs[effect]}: ${what}`,
    command(of, name)
  )
}

function judgePolicy(policy: JsonObject, facts: PolicyFacts): readonly Finding[] {
  const { name, expected } = facts
  const spec = isObject(policy.spec) ? policy.spec : {}
  const say = (reason: VerifyReason, what: string): Finding =>
    finding(reason, { kind, name }, `${kind} ${name} ${what}`, command(kind, name))
  const findings: Finding[] = []
  if (spec.failurePolicy === 'Ignore') {
    const what = 'has failurePolicy Ignore: an object that it cannot evaluate passes'
    findings.push(say('PolicyFailsOpen', what))
  }
  if (isObject(spec.paramKind)) {
    const what = 'has a paramKind: it depends on an object that the chart does not render'
    findings.push(say('PolicyChanged', what))
  }
  if (expected === undefined) return findings
  const wanted = isObject(expected[0].spec) ? expected[0].spec : {}
  const constraints = (of: JsonObject): JsonObject =>
    isObject(of.matchConstraints) ? of.matchConstraints : {}
  if (textAt(constraints(spec), 'matchPolicy') === 'Exact') {
    const what = 'has matchPolicy Exact: requests by another version of an API are not checked'
    findings.push(say('PolicyNarrowed', what))
  }
  const differences = [
    ...compareMatch(constraints(wanted), constraints(spec), facts, 'resourceRules'),
    ...compareConditions(listAt(wanted, 'matchConditions'), listAt(spec, 'matchConditions'))
  ]
  return [
    ...findings,
    ...differences.map((difference) => narrowed(kind, name, difference)),
    ...changedExpressions(wanted, spec).map((what) => say('PolicyChanged', what))
  ]
}

/** Variables by name, validations by their place: their CEL must be the one that is rendered. */
function changedExpressions(wanted: JsonObject, found: JsonObject): readonly string[] {
  const changed = (key: string): readonly string[] => {
    const [before, after] = [listAt(wanted, key), listAt(found, key)]
    if (after.length === 0 && before.length > 0) return [`has no ${key}: it refuses nothing`]
    const same = (a: JsonObject | undefined, b: JsonObject | undefined): boolean =>
      plain(textAt(a, 'expression')) === plain(textAt(b, 'expression'))
    const names = before.flatMap((one, index) => {
      const other =
        textAt(one, 'name') === ''
          ? after[index]
          : after.find((candidate) => candidate.name === one.name)
      return same(one, other) ? [] : [textAt(one, 'name') || String(index)]
    })
    return names.length === 0
      ? []
      : [`has other ${key} than this version renders (${names.join(', ')}): it may refuse less`]
  }
  return [...changed('variables'), ...changed('validations')]
}

function judgeBindings(bindings: readonly JsonObject[], facts: PolicyFacts): readonly Finding[] {
  // One binding that is as it should be is enough: others can only add.
  const judged = bindings.map((binding) => judgeBinding(binding, facts))
  return judged.some((findings) => findings.length === 0) ? [] : judged.flat()
}

function judgeBinding(binding: JsonObject, facts: PolicyFacts): readonly Finding[] {
  const name = nameOf(binding)
  const spec = isObject(binding.spec) ? binding.spec : {}
  const say = (reason: VerifyReason, what: string): Finding =>
    finding(
      reason,
      { kind: bindingKind, name },
      `${bindingKind} ${name} ${what}`,
      command(bindingKind, name)
    )
  const findings: Finding[] = []
  const actions = textsAt(spec, 'validationActions')
  if (!actions.includes('Deny')) {
    const what = `has validationActions ${actions.join(', ') || 'none'} without Deny: nothing is refused`
    findings.push(say('PolicyNotEnforced', what))
  }
  if (spec.paramRef !== undefined && spec.paramRef !== null) {
    findings.push(say('PolicyNarrowed', 'has a paramRef: without that object nothing is refused'))
  }
  const match = isObject(spec.matchResources) ? spec.matchResources : {}
  // Rules of a binding only narrow; the policy's own hold beside them.
  const rules = listAt(match, 'resourceRules')
  const asked =
    isObject(facts.policy?.spec) && isObject(facts.policy.spec.matchConstraints)
      ? facts.policy.spec.matchConstraints
      : {}
  const wanted = rules.length === 0 ? {} : { resourceRules: listAt(asked, 'resourceRules') }
  const { matchPolicy: _, ...selecting } = match
  if (equalJson(selecting, {})) return findings
  return [
    ...findings,
    ...compareMatch(wanted, match, facts, 'resourceRules')
      .filter(({ effect }) => effect !== 'more')
      .map((difference) => narrowed(bindingKind, name, difference))
  ]
}
