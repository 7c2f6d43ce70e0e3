import type { Finding } from '../../guard/finding.ts'
import type { GuardModel } from '../../guard/guard-model.ts'
import { findIn, judgePod } from '../../guard/judge.ts'
import { guardReasons } from '../../guard/rules/rules.ts'
import { sentence } from '../../guard/sentences.ts'
import { nameOf, textAt, valueAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { Pod } from '../../kubernetes/pod.ts'

/** A PersistentVolume that leads to the socket, and the claim that has it. */
export interface BadVolume {
  readonly name: string
  readonly finding: Finding
  /** `namespace/name` of spec.claimRef; empty where nobody has claimed it, or the claim is gone. */
  readonly claim: string
}

/** How a pod reaches the node: the words of the guard that say so, and whether it is the socket itself. */
export interface Reach {
  readonly kind: 'socket' | 'route'
  readonly message: string
}

/** Judges a volume as the guard would if it were made now. */
export function badVolume(volume: JsonObject, model: GuardModel): BadVolume | undefined {
  const finding = findIn('persistentVolume', volume, model).find(
    ({ verdict }) => verdict === 'deny'
  )
  if (finding === undefined) return undefined
  // A claim that was deleted stays written in its volume, and another of that name may have another volume.
  const isReleased = ['Released', 'Failed'].includes(textAt(volume, 'status', 'phase'))
  const claimed = isReleased ? '' : textAt(volume, 'spec', 'claimRef', 'name')
  const claim =
    claimed === '' ? '' : `${textAt(volume, 'spec', 'claimRef', 'namespace')}/${claimed}`
  return { name: nameOf(volume), finding, claim }
}

/** What a running pod reaches on its node, by its own volumes and by its claims; exemptions are honoured. */
export function reachesOf(
  pod: Pod,
  byClaim: ReadonlyMap<string, BadVolume>,
  model: GuardModel
): readonly Reach[] {
  const namespace = pod.metadata?.namespace ?? ''
  const claim = { namespace, spec: pod.spec, creator: undefined }
  const own = judgePod(pod, claim, model).flatMap((finding): readonly Reach[] => {
    const kind = guardReasons[finding.reason]?.leadsTo
    return kind === undefined ? [] : [{ kind, message: sentence(finding) }]
  })
  const claimed = claimsOf(pod).flatMap((name): readonly Reach[] => {
    const volume = byClaim.get(`${namespace}/${name}`)
    return volume === undefined
      ? []
      : [{ kind: 'socket', message: `claim ${name} is bound: ${sentence(volume.finding)}` }]
  })
  return [...own, ...claimed]
}

/** The claims of a pod: those it names, and those made for its generic ephemeral volumes (`<pod>-<volume>`). */
function claimsOf(pod: Pod): readonly string[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => {
    if (valueAt(volume, ['ephemeral', 'volumeClaimTemplate']) !== undefined) {
      return [`${pod.metadata?.name ?? ''}-${volume.name}`]
    }
    const name = textAt(volume, 'persistentVolumeClaim', 'claimName')
    return name === '' ? [] : [name]
  })
}
