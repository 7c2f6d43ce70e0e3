import type { PolicySaying, Rule, RuleAbout, Sights } from '../rules/rule.ts'
import type { CelSettings } from './settings.ts'

/*
 * What the rules say to the policy, as CEL lists of maps of strings. Each sight that says something is one list: of the
 * volumes, containers, annotations or the pod of which its condition is true.
 */

/** What the policy reads of one object, in CEL. */
export interface PolicySubject {
  /** `object` or `oldObject`. */
  readonly object: string
  /** The pod's spec and metadata, each a map. */
  readonly spec: string
  readonly metadata: string
  /** Every container of the pod. */
  readonly containers: string
}

type HostPath = Extract<PolicySaying, { hostPath: string }>
type Refusal = Extract<PolicySaying, { text: string }>

/** What one sight says: `all` gives the list of what `map` makes of each thing that is seen. */
interface Saying {
  readonly says: PolicySaying
  readonly isPrivilege: boolean
  /** The volume's or container's name, as entries of the map. */
  readonly names: string
  readonly all: (map: string) => string
}

const isHostPath = (says: PolicySaying): says is HostPath => 'hostPath' in says

/** Host paths to be judged: `name` of the volume, `what` it is called in a sentence, `path`. */
export function hostPathsOf(sayings: readonly Saying[]): string {
  return sum(
    sayings.flatMap(({ says, names, all }) =>
      isHostPath(says)
        ? [all(`{${names}, 'what': ${says.what}, 'path': string(${says.hostPath})}`)]
        : []
    )
  )
}

/** Refusals: `name` of the volume, `container`, `driver`, `privilege` and the whole `text`. */
export function refusalsOf(sayings: readonly Saying[]): string {
  const lists = (wanted: boolean): string =>
    sum(
      sayings.flatMap(({ says, names, isPrivilege, all }) =>
        isHostPath(says) || isPrivilege !== wanted ? [] : [all(refusal(says, names))]
      )
    )
  return `${lists(false)}\n+ (variables.deniesPrivileges ? ${lists(true)} : [])`
}

const refusal = ({ text, driver, privilege }: Refusal, names: string): string =>
  `{${names}, 'driver': ${driver === undefined ? "''" : `string(${driver})`}, 'privilege': '${privilege ?? ''}', 'text': ${text}}`

const sum = (lists: readonly string[]): string => (lists.length === 0 ? '[]' : lists.join('\n+ '))

const sightsOf = <About extends keyof Sights>(
  rules: readonly Rule[],
  about: About,
  settings: CelSettings
): readonly Sights[About][] =>
  rules
    .filter((rule): rule is RuleAbout<About> & Rule => rule.about === about)
    .flatMap((rule): readonly Sights[About][] => rule.sees(settings))

const names = (name: string, container: string): string =>
  `'name': ${name}, 'container': ${container}`

/** What the rules about pods say of a pod or template. */
export function ofPods(
  rules: readonly Rule[],
  { spec, metadata, containers }: PolicySubject,
  settings: CelSettings
): readonly Saying[] {
  const at = (text: string): string =>
    text.replaceAll('pod.spec.', `${spec}.`).replaceAll('pod.metadata.', `${metadata}.`)
  const each = (list: string, item: string, condition: string) => (map: string) =>
    at(`${list}.filter(${item}, ${condition}).map(${item},\n  ${map})`)
  return sightsOf(rules, 'pod', settings).flatMap((sight): readonly Saying[] => {
    const { says, volume, container, annotation, pod, verdict } = sight
    if (says === undefined) return []
    const common = { says, isPrivilege: verdict === 'nodePrivileges' }
    const nothing = names(`''`, `''`)
    if (volume !== undefined) {
      const all = each(`${spec}.?volumes.orValue([])`, 'v', volume)
      return [{ ...common, names: names('string(v.name)', `''`), all }]
    }
    if (container !== undefined) {
      const all = each(containers, 'c', container)
      return [{ ...common, names: names(`''`, 'string(c.name)'), all }]
    }
    if (annotation !== undefined) {
      const all = each(`${metadata}.?annotations.orValue({})`, 'a', annotation)
      return [{ ...common, names: nothing, all }]
    }
    return [{ ...common, names: nothing, all: (map) => at(`(${pod} ? [${map}] : [])`) }]
  })
}

/** What the rules about PersistentVolumes say of one. */
export function ofVolumes(
  rules: readonly Rule[],
  { object }: PolicySubject,
  settings: CelSettings
): readonly Saying[] {
  const at = (text: string): string => text.replaceAll(/\bobject\./g, `${object}.`)
  return sightsOf(rules, 'persistentVolume', settings).flatMap(
    ({ says, source, where = 'true' }): readonly Saying[] => {
      if (says === undefined) return []
      const all = (map: string): string =>
        at(`(has(object.spec.${source}) && ${where} ? [${map}] : [])`)
      return [{ says, isPrivilege: false, names: names(`'${source}'`, `''`), all }]
    }
  )
}

/** What is said of new ephemeral containers in a pod that an exemption covers, as a list of texts. */
export function ofEphemeralContainers(
  rules: readonly Rule[],
  fresh: string,
  settings: CelSettings
): string {
  return sum(
    sightsOf(rules, 'ephemeralContainers', settings).flatMap(({ says, container }) =>
      says === undefined || isHostPath(says)
        ? []
        : [`${fresh}.filter(c, ${container}).map(c, ${says.text})`]
    )
  )
}
