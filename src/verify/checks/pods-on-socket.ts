import type { CheckResult } from '../check.ts'
import { finding } from '../finding.ts'
import type { SurveyResult, Tally } from '../pods/survey.ts'

/** Every running pod of a labelled namespace is on the socket, or is reported with what fixes it. */
export function checkPodsOnSocket({ tallies, meshFindings }: SurveyResult): CheckResult {
  const total = sumTallies([...tallies.values()])
  const off = total.missed + total.undone + total.ambient
  return {
    check: 'pods-on-socket',
    detail: `${total.onSocket} on the socket, ${off} missed, ${total.optedOut + total.proxyless} still on istiod, ${total.outside} outside the mesh`,
    findings: meshFindings,
    notSeen: []
  }
}

/** What both checks say where the pods could not be listed: that is no health. */
export function podsNotSeen(namespace: string | undefined, why: string): readonly CheckResult[] {
  const where = namespace === undefined ? '--all-namespaces' : `--namespace ${namespace}`
  const at = { kind: 'Namespace', name: namespace ?? '*' }
  const verb = `kubectl auth can-i list pods ${where}`
  const found = finding('PodsNotSeen', at, `pods could not be listed: ${why}`, verb)
  const notSeen = [{ resource: 'pods', verb: 'list', why }]
  return [
    { check: 'pods-on-socket', detail: 'unknown', findings: [found], notSeen },
    { check: 'raw-socket', detail: 'unknown', findings: [], notSeen }
  ]
}

/** Adds up the pods of several namespaces. */
export function sumTallies(tallies: readonly Tally[]): Tally {
  const sum = (state: keyof Tally): number =>
    tallies.reduce((total, tally) => total + tally[state], 0)
  return {
    onSocket: sum('onSocket'),
    missed: sum('missed'),
    undone: sum('undone'),
    optedOut: sum('optedOut'),
    proxyless: sum('proxyless'),
    ambient: sum('ambient'),
    outside: sum('outside')
  }
}
