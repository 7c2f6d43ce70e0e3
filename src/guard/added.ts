import { valueAt } from '../kubernetes/fields.ts'
import { equalJson, type JsonObject } from '../kubernetes/json.ts'
import type { Container, Pod } from '../kubernetes/pod.ts'
import { quote } from '../kubernetes/quote.ts'
import { type Finding, soften } from './finding.ts'
import { guardReasons } from './rules/rules.ts'

/*
 * An update answers for what it adds: what the object had before is a warning, so that fixes and scaling go through.
 * Of too many findings nobody can tell which the object had before.
 */

const isCounted = ({ reason }: Finding): boolean => reason === 'TooManyFindings'

/** An object with what was found in it. */
export interface Judged {
  readonly object: JsonObject
  readonly found: readonly Finding[]
}

/**
 * What is new stays as it is, what was found in the old object too becomes a warning. What is found by an annotation's key
 * is old only while the text stays the same.
 */
export function addedBy({ found, object }: Judged, old: Judged): readonly Finding[] {
  if (old.found.length === 0) return found
  const key = ({ reason, subject, path }: Finding): string =>
    JSON.stringify([reason, subject, path ?? ''])
  const known = new Set(old.found.map(key))
  const isOld = (finding: Finding): boolean => {
    if (!known.has(key(finding)) || isCounted(finding)) return false
    return (
      guardReasons[finding.reason]?.oldByText !== true ||
      equalJson(
        valueAt(object, finding.keys.map(String)),
        valueAt(old.object, finding.keys.map(String))
      )
    )
  }
  return found.map((finding) => (isOld(finding) ? soften(finding) : finding))
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
 *                    files of the target and of every other container that joins it
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
  const unseen = processesOf(pod)
  const reach = (container: Container, { volumeMounts }: Container): void => {
    for (const { name } of volumeMounts ?? []) {
      if (!reachers.has(name)) reachers.set(name, container)
    }
  }
  for (const container of fresh) {
    reach(container, container)
    const space = processSpace(pod, container)
    for (const neighbour of unseen.get(space) ?? []) reach(container, neighbour)
    unseen.delete(space)
  }
  return reachers
}

/** The containers of the pod by the process namespace that they share, ephemeral ones among them. */
function processesOf({ spec }: Pod): Map<string, readonly Container[]> {
  const spaces = new Map<string, Container[]>()
  for (const list of [spec?.initContainers, spec?.containers, spec?.ephemeralContainers]) {
    for (const container of list ?? []) {
      const space = processSpace({ spec }, container)
      const others = spaces.get(space)
      if (others === undefined) spaces.set(space, [container])
      else others.push(container)
    }
  }
  return spaces
}

/** The container whose processes this one sees and is seen by; all of the pod's where they share one namespace. */
function processSpace({ spec }: Pod, { name, targetContainerName }: Container): string {
  if (spec?.shareProcessNamespace === true) return ''
  return typeof targetContainerName === 'string' && targetContainerName !== ''
    ? targetContainerName
    : name
}
