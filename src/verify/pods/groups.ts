import { type Finding, finding } from '../finding.ts'
import type { VerifyReason } from '../reasons.ts'
import { type Owner, restartCommand } from './owner.ts'

/** Pods of one owner that are wrong in the same way, so that 10,000 pods make a few findings. */
interface Group {
  readonly namespace: string
  readonly owner: Owner
  readonly reason: VerifyReason
  readonly why: string
  readonly names: string[]
  count: number
}

/** Names kept of one group: what a sentence and a command can hold. */
const kept = 10

/** Collects wrong pods by owner; memory grows with owners, not with pods. */
export interface PodGroups {
  readonly add: (
    reason: VerifyReason,
    pod: { readonly namespace: string; readonly name: string; readonly owner: Owner },
    why: string
  ) => void
  readonly findings: () => readonly Finding[]
}

/** Starts an empty collection. */
export function podGroups(): PodGroups {
  const groups = new Map<string, Group>()
  return {
    add: (reason, { namespace, name, owner }, why) => {
      const key = JSON.stringify([reason, namespace, owner.kind, owner.name, why])
      const group = groups.get(key) ?? { namespace, owner, reason, why, names: [], count: 0 }
      groups.set(key, group)
      group.count += 1
      if (group.names.length < kept) group.names.push(name)
    },
    findings: () => [...groups.values()].map(toFinding)
  }
}

/** What fixes a group: recreation where admission will do better; else the object, for a person to decide. */
function commandFor({ reason, namespace, owner, names }: Group): string {
  const restarts: readonly VerifyReason[] = ['Missed', 'Undone', 'AmbientPod']
  if (restarts.includes(reason)) return restartCommand(namespace, owner, names)
  return `kubectl get ${owner.kind.toLowerCase()} ${owner.name} --namespace ${namespace} -o yaml`
}

function toFinding(group: Group): Finding {
  const { reason, namespace, owner, why, count, names } = group
  const [first] = names
  const pods =
    owner.kind === 'Pod'
      ? ''
      : `${count} ${count === 1 ? 'pod' : 'pods'} (${first}${count > 1 ? ', …' : ''}): `
  const at = { kind: owner.kind, namespace, name: owner.name }
  return finding(reason, at, `${pods}${why}`, commandFor(group))
}
