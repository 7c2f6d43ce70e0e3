import type { Container, Pod } from '../kubernetes/pod.ts'
import { quote } from '../kubernetes/quote.ts'
import { coveringExemption } from './exemptions.ts'
import type { GuardModel } from './guard-model.ts'
import { findViolations } from './judge-pod.ts'
import type { Violation } from './violation.ts'

/** One update of pods/ephemeralcontainers: the pod with its new containers, as it was, and who asks. */
export interface EphemeralUpdate {
  readonly pod: Pod
  /** Undefined where the request carries no old object: then every ephemeral container counts as new. */
  readonly old: Pod | undefined
  readonly namespace: string
  readonly username: string
}

/**
 * An ephemeral container may mount any volume that the pod declares, so a volume nobody mounted is a road in
 * waiting; and it may join the processes of an exempt pod, whose exemption was not meant for it.
 *
 * Restricted fields: spec.ephemeralContainers[*].volumeMounts[*].name, and targetContainerName, which shows the
 *                    target's files; any new ephemeral container in an exempt pod
 * Allowed values:    volumes that are no road to the socket; in an exempt pod, the entry's debuggers
 */
export function judgeEphemeral(update: EphemeralUpdate, model: GuardModel): readonly Violation[] {
  const { pod, old, namespace, username } = update
  const before = new Set((old?.spec?.ephemeralContainers ?? []).map(({ name }) => name))
  const fresh = (pod.spec?.ephemeralContainers ?? []).filter(({ name }) => !before.has(name))
  const violations = findViolations({ pod, base: '' }, model)
  if (violations.every(({ verdict }) => verdict === 'warn')) return violations
  const claim = { namespace, spec: pod.spec, creator: undefined }
  const exemption = coveringExemption(claim, violations, model)
  if (exemption !== undefined) {
    return exemption.debuggers?.includes(username) === true ? [] : fresh.map(joinsExempt)
  }
  const reachers = reachersOf(fresh, pod)
  const names = new Set(fresh.map(({ name }) => name))
  return violations.map((violation) => {
    if (violation.reason === 'TooManyFindings' || isPrivilegeOf(violation, pod, names)) {
      return violation
    }
    const reacher = reachers.get(violation.subject)
    if (violation.verdict === 'warn' || reacher === undefined)
      return { ...violation, verdict: 'warn' }
    const message = `ephemeral container ${quote(reacher.name)}: ${violation.message}`
    return { ...violation, message }
  })
}

/** True for a node privilege that a new container asks for itself; those of the pod stood there before. */
function isPrivilegeOf(
  { reason, field }: Violation,
  pod: Pod,
  fresh: ReadonlySet<string>
): boolean {
  if (reason !== 'NodePrivilege') return false
  const [, index] = /^spec\.ephemeralContainers\[(\d+)\]/.exec(field) ?? []
  return (
    index !== undefined && fresh.has(pod.spec?.ephemeralContainers?.[Number(index)]?.name ?? '')
  )
}

/**
 * By volume, the first of the new containers that mounts it, or sees a process that does through /proc/<pid>/root.
 * Each neighbour is walked once, however many containers look at it.
 */
function reachersOf(fresh: readonly Container[], pod: Pod): ReadonlyMap<string, Container> {
  const reachers = new Map<string, Container>()
  const neighbours = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  const unseen = new Map(neighbours.map((neighbour) => [neighbour.name, neighbour]))
  const reach = (container: Container, { volumeMounts }: Container): void => {
    for (const { name } of volumeMounts ?? []) {
      if (!reachers.has(name)) reachers.set(name, container)
    }
  }
  for (const container of fresh) {
    reach(container, container)
    const { targetContainerName } = container
    const isShared = pod.spec?.shareProcessNamespace === true
    for (const name of isShared ? [...unseen.keys()] : [targetContainerName]) {
      const target = typeof name === 'string' ? unseen.get(name) : undefined
      if (target === undefined || typeof name !== 'string') continue
      reach(container, target)
      unseen.delete(name)
    }
  }
  return reachers
}

function joinsExempt(container: Container): Violation {
  const remedy = "have the user listed under the exemption's debuggers"
  return {
    verdict: 'deny',
    reason: 'EphemeralContainerInExemptPod',
    field: 'spec.ephemeralContainers',
    path: '',
    subject: container.name,
    message: `ephemeral container ${quote(container.name)} joins a pod whose host paths are exempt: ${remedy}`,
    remedy
  }
}
