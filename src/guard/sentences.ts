import { plainJson, show } from '../kubernetes/quote.ts'
import type { Cure, Finding } from './finding.ts'

/*
 * How findings are written, for everybody who prints them: the admission webhook, `check`, `verify` and the CEL of
 * the policy. Nobody reads these texts back: whoever needs a part takes it from the finding.
 */

/** One sentence: what, where, and what to do. */
export function sentence({ what, remedy }: Pick<Finding, 'what' | 'remedy'>): string {
  return `${what}: ${remedy}`
}

/** The sentence with its reason in front, as warnings are sent. */
export function sentenceWithReason(finding: Finding): string {
  return `${finding.reason}: ${sentence(finding)}`
}

/** The other way out, for a workload that needs the node itself: an exemption, ready to paste. */
export function cureSentence({ exemption, almost }: Cure): string {
  const add = `if it needs the node itself, an administrator may add to guard.exemptions: ${plainJson(exemption)}`
  return almost === undefined ? add : `${add} (${almost})`
}

/** Keys as Kubernetes writes a field: `spec.volumes[2].hostPath.path`, `metadata.annotations["a.b/c"]`. */
export function fieldPath(keys: readonly (string | number)[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`
    if (!/^\w+$/.test(key)) return `${path}[${JSON.stringify(key)}]`
    return path === '' ? key : `${path}.${key}`
  }, '')
}

/** A host path in a sentence: bare where it is plain, quoted where it is not. */
export function showPath(path: unknown): string {
  return typeof path !== 'string' || path === '' ? 'no path' : show(path)
}
