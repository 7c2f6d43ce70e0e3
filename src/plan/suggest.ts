import type { Exemption, GuardConfig } from '../config/config.ts'
import type { Finding } from '../guard/finding.ts'
import { guard } from '../guard/guard.ts'
import { type Situation, situation } from './situation.ts'
import { creationOf, creatorOf, type Workload } from './workload.ts'

/** One exemption that cures one workload. */
export interface Suggestion {
  readonly exemption: Exemption
}

/** The smallest additions to a configuration after which what runs now can be created again. */
export interface Suggested {
  /** Each with the workloads that need it, as `namespace/Kind/name`. */
  readonly exemptions: readonly {
    readonly exemption: Exemption
    readonly neededBy: readonly string[]
  }[]
  /** Workloads that no exemption cures, with the first reason. */
  readonly incurable: readonly { readonly workload: string; readonly why: string }[]
}

/**
 * The narrowest exemption of a workload: the one that the guard proposes, for the controller alone that creates its pods. None where no
 * exemption can cover what is refused.
 */
export function suggest(
  workload: Workload,
  found: readonly Finding[],
  after: Situation
): readonly Suggestion[] {
  const cure = found.find(({ verdict, cure }) => verdict === 'deny' && cure !== undefined)?.cure
  if (cure === undefined) return []
  const creator = creatorOf(workload.owner)
  const exemption: Exemption = {
    ...cure.exemption,
    ...(workload.pod.spec?.hostPID === true ? { hostPID: true } : {}),
    ...(creator === '' ? {} : { creators: [creator] })
  }
  return cures(workload, exemption, after) ? [{ exemption }] : []
}

/** Asks the guard itself whether the exemption is enough. */
function cures(workload: Workload, exemption: Exemption, after: Situation): boolean {
  const guardConfig: GuardConfig = {
    ...after.config.guard,
    exemptions: [...after.config.guard.exemptions, exemption]
  }
  const { model } = situation({ ...after.config, guard: guardConfig })
  return (
    guard(creationOf(workload, workload.object), 'enforce-host-paths', model).verdict !== 'deny'
  )
}

/** Joins the suggestions of all workloads: an entry that another one covers is left out. */
export function joinSuggestions(
  rows: readonly {
    readonly workload: Workload
    readonly why: string
    readonly cures: readonly Suggestion[]
  }[]
): Suggested {
  const entries: { exemption: Exemption; neededBy: string[] }[] = []
  const incurable: { workload: string; why: string }[] = []
  const wide = [...rows].toSorted((a, b) => pathsOf(b).length - pathsOf(a).length)
  for (const {
    workload,
    why,
    cures: [cure]
  } of wide) {
    const name = `${workload.namespace}/${workload.owner.kind}/${workload.owner.name}`
    if (cure === undefined) incurable.push({ workload: name, why })
    else {
      const same = entries.find(({ exemption }) => covers(exemption, cure.exemption))
      if (same === undefined) entries.push({ exemption: cure.exemption, neededBy: [name] })
      else same.neededBy.push(name)
    }
  }
  return { exemptions: entries, incurable }
}

const pathsOf = ({ cures: [cure] }: { readonly cures: readonly Suggestion[] }): readonly string[] =>
  cure?.exemption.paths ?? []

/** True where the wide entry exempts everything that the narrow one does. */
function covers(wide: Exemption, narrow: Exemption): boolean {
  return (
    wide.namespace === narrow.namespace &&
    wide.serviceAccount === narrow.serviceAccount &&
    narrow.paths.every((path) => wide.paths.includes(path)) &&
    (narrow.csiDrivers ?? []).every((driver) => wide.csiDrivers?.includes(driver)) &&
    (wide.hostPID === true || narrow.hostPID !== true) &&
    (wide.creators === undefined ||
      (narrow.creators ?? ['']).every((creator) => wide.creators?.includes(creator) === true))
  )
}
