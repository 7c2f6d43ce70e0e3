import type { Finding } from './finding.ts'

/** Every check, in the order in which they are printed. */
export const checkNames = [
  'csi-driver',
  'driver-on-nodes',
  'agent-on-nodes',
  'webhook-configurations',
  'webhook-order',
  'ca-bundle',
  'admission-policy',
  'webhook-replicas',
  'chart-objects',
  'webhook-calls',
  'istio-injection',
  'pods-on-socket',
  'raw-socket',
  'persistent-volumes',
  'envoy-certificates',
  'rotation',
  'trust'
] as const

/** The name of a check: stable, also in JSON and metrics. */
export type CheckName = (typeof checkNames)[number]

/** Something that the user's rights or the network did not show: never a verdict. */
export interface NotSeen {
  /** As RBAC names it, with the API group: `csidrivers.storage.k8s.io`. */
  readonly resource: string
  /** What would show it: `list`, `get`, or `create` for pods/exec. */
  readonly verb: string
  /** One sentence without a full stop: why it was not seen. */
  readonly why: string
}

/** A fact that was read, or the reason why it was not; absent objects are `undefined` in `value`. */
export type Seen<T> =
  | { readonly kind: 'seen'; readonly value: T }
  | { readonly kind: 'notSeen'; readonly notSeen: NotSeen }

/** What one check says. */
export interface CheckResult {
  readonly check: CheckName
  /** What was checked, for the table: `csi.spiffe.io is registered on 3 of 3 nodes`. */
  readonly detail: string
  readonly findings: readonly Finding[]
  readonly notSeen: readonly NotSeen[]
}

/** The verdict of a check: its worst finding, else whether it saw everything. */
export type CheckStatus = 'failed' | 'warning' | 'notSeen' | 'ok'

/** Derives the verdict; what was not seen never hides what was found. */
export function statusOf({ findings, notSeen }: CheckResult): CheckStatus {
  if (findings.some(({ severity }) => severity === 'error')) return 'failed'
  if (findings.some(({ severity }) => severity === 'warning')) return 'warning'
  return notSeen.length > 0 ? 'notSeen' : 'ok'
}

/** Runs a check on a fact that may not have been seen. */
export function whenSeen<T>(
  check: CheckName,
  fact: Seen<T>,
  judge: (value: T) => CheckResult
): CheckResult {
  if (fact.kind === 'seen') return judge(fact.value)
  return { check, detail: 'unknown', findings: [], notSeen: [fact.notSeen] }
}

/** What a check could not see beside what it judged. */
export function withNotSeen(result: CheckResult, facts: readonly Seen<unknown>[]): CheckResult {
  const more = facts.flatMap((fact): readonly NotSeen[] =>
    fact.kind === 'notSeen' ? [fact.notSeen] : []
  )
  return { ...result, notSeen: [...result.notSeen, ...more] }
}
