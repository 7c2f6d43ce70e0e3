import type { Container, Pod } from '../kubernetes/pod.ts'
import { quote } from '../kubernetes/quote.ts'
import { type Finding, soften } from './finding.ts'

/*
 * An update answers for what it adds: what the object had before is a warning, so that fixes and scaling go through.
 * Of too many findings nobody can tell which the object had before.
 */

const isCounted = ({ reason }: Finding): boolean => reason === 'TooManyFindings'

/** What is new stays as it is, what was found in the old object too becomes a warning. */
export function addedBy(found: readonly Finding[], old: readonly Finding[]): readonly Finding[] {
  const key = ({ reason, subject, path }: Finding): string =>
    JSON.stringify([reason, subject, path ?? ''])
  const known = new Set(old.map(key))
  return found.map((finding) =>
    known.has(key(finding)) && !isCounted(finding) ? soften(finding) : finding
  )
}

/** The ephemeral containers that the pod did not have before; without an old pod, all of them. */
export function newEphemeralContainers(pod: Pod, old: Pod | undefined): readonly Container[] {
  const before = new Set((old?.spec?.ephemeralContainers ?? []).map(({ name }) => name))
  return (pod.spec?.ephemeralContainers ?? []).filter(({ name }) => !before.has(name))
}

/**
 * An ephemeral container may mount any volume that the pod declares, so a volume that no container mounts is a route
 * in waiting; or it sees the mounts of a process that it joins.
 *
 * Restricted fields: spec.ephemeralContainers[*].volumeMounts[*].name, and targetContainerName, which shows the
 *                    target's files
 * Allowed values:    volumes that are no route to the socket
 */
export function reachedBy(
  fresh: readonly Container[],
  pod: Pod,
  found: readonly Finding[]
): readonly Finding[] {
  const reachers = reachersOf(fresh, pod)
  const names = new Set(fresh.map(({ name }) => name))
  return found.map((finding) => {
    if (isCounted(finding) || isPrivilegeOf(finding, pod, names)) return finding
    const reacher = reachers.get(finding.subject)
    if (finding.verdict === 'warn' || reacher === undefined) return soften(finding)
    return { ...finding, what: `ephemeral container ${quote(reacher.name)}: ${finding.what}` }
  })
}

/** True for a node privilege that a new container asks for itself; those of the pod stood there before. */
function isPrivilegeOf({ reason, keys }: Finding, pod: Pod, fresh: ReadonlySet<string>): boolean {
  if (reason !== 'NodePrivilege') return false
  const [, list, index] = keys
  if (list !== 'ephemeralContainers' || typeof index !== 'number') return false
  return fresh.has(pod.spec?.ephemeralContainers?.[index]?.name ?? '')
}

/**
 * By volume, the first of the new containers that mounts it, or sees a process that does through /proc/<pid>/root.
 * Each neighbour is walked once, however many containers join it.
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
