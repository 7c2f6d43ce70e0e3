import { istioProxyName } from '../../inject/names.ts'
import { podCarriers } from '../../kubernetes/pod-template.ts'
import type { Rule, RuleAbout, Sight, Sights } from '../rules/rule.ts'
import { anyOf } from './any-of.ts'
import type { CelSettings } from './settings.ts'

/*
 * matchConditions in CEL, put together from what each rule must be shown. They keep every object of which the guard has
 * nothing to say away from the server, so that an outage cannot stop an ordinary pod. The API server evaluates every
 * condition of an entry whose rules match, so there is one for each entry, and what decides most often is asked first.
 * An expression that fails refuses the request, so each optional field is asked for before it is read.
 * kube-apiserver takes each of them apart for each pod, node by node: what is common to several is asked once (any-of.ts).
 */

/** What the sights say of the option guard.nodePrivileges: its two answers. */
export type NodePrivileges = 'warn' | 'deny'

/** The sights of every rule about one subject that give this verdict at worst. */
function sightsOf<About extends keyof Sights>(
  rules: readonly Rule[],
  about: About,
  wanted: 'deny' | 'warn',
  { settings, nodePrivileges }: Given
): readonly Sights[About][] {
  const answer = (verdict: Sight['verdict']): string =>
    verdict === 'nodePrivileges' ? nodePrivileges : verdict
  return rules
    .filter((rule): rule is RuleAbout<About> & Rule => rule.about === about)
    .flatMap((rule): readonly Sights[About][] => rule.sees(settings))
    .filter((sight) => answer(sight.verdict) === wanted)
}

/** What the expressions are rendered for. */
export interface Given {
  readonly settings: CelSettings
  readonly nodePrivileges: NodePrivileges
}

const indent = (text: string): string => text.replaceAll('\n', '\n  ')

const within = (expressions: readonly (string | undefined)[], list: (seen: string) => string) => {
  const known = expressions.filter((expression) => expression !== undefined)
  return known.length === 0 ? [] : [list(indent(`\n${anyOf(known)}`))]
}

/** One of the containers: a short expression is written for each list, as that costs least. */
function someContainer(lists: readonly string[], seen: string): string {
  const given = lists.map((list) => ({
    list: `pod.spec.${list}`,
    guard: list === 'containers' ? undefined : `has(pod.spec.${list})`
  }))
  if (seen.trim().includes('\n')) {
    const all = given.map(({ list, guard }) => (guard ? `(${guard} ? ${list} : [])` : list))
    return `(${all.join(' + ')}).exists(c,${seen})`
  }
  const each = given.map(({ list, guard }) => [guard, `${list}.exists(c, ${seen.trim()})`])
  return anyOf(each.map((terms) => terms.filter((term) => term !== undefined).join(' && ')))
}

/** A pod or template under the name `pod`, in which one of the sights finds something. */
function seenInPod(
  sights: readonly Sights['pod'][],
  pod: string,
  lists: readonly string[]
): string {
  const at = (text: string): string => text.replaceAll(/\bpod\./g, `${pod}.`)
  return at(
    anyOf([
      ...within(
        sights.map(({ volume }) => volume),
        (seen) => `has(pod.spec.volumes) && pod.spec.volumes.exists(v,${seen})`
      ),
      ...within(
        sights.map(({ annotation }) => annotation),
        (seen) => `has(pod.metadata.annotations) && pod.metadata.annotations.exists(a,${seen})`
      ),
      ...sights.flatMap((sight) => sight.pod ?? []),
      ...within(
        sights.map(({ container }) => container),
        (seen) => someContainer(lists, seen)
      )
    ])
  )
}

const podLists = ['containers', 'initContainers', 'ephemeralContainers']
const templateLists = ['containers', 'initContainers']
/** Where Istio's proxy is: since 1.27 most often a native sidecar. */
const proxyLists = ['initContainers', 'containers']

/** The template of `object` or `oldObject`, whatever the kind: the most kinds have it in spec.template. */
function templateOf(object: string): string {
  const usual = 'spec.template'
  const others = podCarriers.filter(({ keys }) => keys.length > 0 && keys.join('.') !== usual)
  const choices = others.map(
    ({ kind, keys }) => `request.kind.kind == '${kind}' ? ${object}.${keys.join('.')} : `
  )
  return `${choices.join('')}${object}.${usual}`
}

/** The template under the name `pod`; `seen` reads it. */
const boundTemplate = (seen: string): string =>
  `[${templateOf('object')}].exists(pod,${indent(`\n${seen}`)})`

const templateChanged = `(request.operation == 'CREATE' || pod != (${templateOf('oldObject')}))`

/**
 * A new pod of which one exemption lists everything, as it is written, so that the guard would let it pass: it is not
 * asked about, and an agent starts on a new node while no replica is ready.
 */
function exemptPod(sights: readonly Sights['pod'][], { exemptions }: CelSettings): string {
  const unlisted = sights.map(({ listed, volume, ...sight }) =>
    volume === undefined || listed === undefined
      ? { ...sight, ...(volume === undefined ? {} : { volume }) }
      : { ...sight, volume: `${volume} && !(${listed})` }
  )
  const account = `(has(object.spec.serviceAccountName) ? object.spec.serviceAccountName : 'default')`
  return `request.operation == 'CREATE' && ${exemptions}.exists(e,
  request.namespace in e.namespace && ${account} in e.serviceAccount
  && (size(e.creators) == 0 || request.userInfo.username in e.creators)
  && !(${indent(indent(seenInPod(unlisted, 'object', podLists)))}))`
}

/** The conditions of the webhooks' entries, each for one group of resources. */
export interface MatchConditions {
  /** A pod, or one that gets an ephemeral container, of which something may be refused and no exemption lists it all. */
  readonly pods: string
  /** The same in a labelled namespace, where the final pod is judged too. */
  readonly finalPods: string
  /** Something to warn about and nothing to refuse. */
  readonly podWarnings: string
  readonly finalPodWarnings: string
  /** Whatever there is to say. */
  readonly podsWarned: string
  readonly podUpdates: string
  readonly templates: string
  readonly templateWarnings: string
  readonly templatesWarned: string
  readonly persistentVolumes: string
  readonly persistentVolumeWarnings: string
  readonly storageClasses: string
}

/** How each condition is called in the configuration: what is true of an object that is asked about. */
export const conditionNames: Readonly<Record<keyof MatchConditions, string>> = {
  pods: 'reaches-node-and-not-exempt',
  finalPods: `reaches-node-or-${istioProxyName}`,
  podWarnings: 'only-warned-about',
  finalPodWarnings: 'only-warned-about',
  podsWarned: 'something-to-say',
  podUpdates: 'annotation-changed',
  templates: 'changed-and-reaches-node',
  templateWarnings: 'only-warned-about',
  templatesWarned: 'something-to-say',
  persistentVolumes: 'changed-and-reaches-node',
  persistentVolumeWarnings: 'only-warned-about',
  storageClasses: 'names-a-path'
}

/** Renders every condition from the rules. */
export function matchConditions(rules: readonly Rule[], given: Given): MatchConditions {
  const denied = sightsOf(rules, 'pod', 'deny', given)
  const warned = sightsOf(rules, 'pod', 'warn', given)
  const final = seenInPod(sightsOf(rules, 'finalPod', 'deny', given), 'object', proxyLists)
  const pods = seenInPod(denied, 'object', podLists)
  const podsAdvised = seenInPod(warned, 'object', podLists)
  // A moved pod is asked about for its proxy alone, so that comes first, and what is only warned about never counts.
  const moved = `(${indent(final)}) && request.operation == 'CREATE'`
  const finalPods = `${moved}\n|| ${pods}`
  const template = seenInPod(denied, 'pod', templateLists)
  const templateSaid = seenInPod([...denied, ...warned], 'pod', templateLists)
  const templateAsked = `${templateChanged} && (${indent(template)})`
  const podsAsked = butNot(pods, exemptPod(denied, given.settings))
  const storage = sightsOf(rules, 'storageClass', 'warn', given)
  return {
    pods: podsAsked,
    finalPods,
    podWarnings: butNot(podsAdvised, podsAsked),
    finalPodWarnings: `!(${indent(moved)})\n&& ${butNot(podsAdvised, pods)}`,
    podsWarned: seenInPod([...denied, ...warned], 'object', podLists),
    podUpdates: changedAnnotations(denied),
    templates: boundTemplate(templateAsked),
    templateWarnings: boundTemplate(butNot(templateSaid, templateAsked)),
    templatesWarned: boundTemplate(templateSaid),
    ...ofVolumes(
      sightsOf(rules, 'persistentVolume', 'deny', given),
      sightsOf(rules, 'persistentVolume', 'warn', given)
    ),
    storageClasses: anyOf(storage.map(({ where }) => where))
  }
}

const butNot = (wanted: string, asked: string): string =>
  `(${indent(wanted)})\n&& !(${indent(asked)})`

/** An annotation that a rule reads is new or has another value; a Binding has no old object. */
function changedAnnotations(sights: readonly Sights['pod'][]): string {
  const seen = sights.flatMap(({ annotation }) => annotation?.replaceAll('pod.', 'object.') ?? [])
  const [now, before] = ['object.metadata.annotations', 'oldObject.metadata.annotations']
  return `has(${now}) && ${now}.exists(a,
  (${indent(anyOf(seen))})
  && !(oldObject != null && has(${before}) && a in ${before} && ${before}[a] == ${now}[a]))`
}

function ofVolumes(
  denied: readonly Sights['persistentVolume'][],
  warned: readonly Sights['persistentVolume'][]
): Pick<MatchConditions, 'persistentVolumes' | 'persistentVolumeWarnings'> {
  const seen = (sights: readonly Sights['persistentVolume'][]): string =>
    anyOf(
      sights.map(({ source, where }) =>
        where === undefined
          ? `has(object.spec.${source})`
          : `has(object.spec.${source}) && ${where}`
      )
    )
  const changed = anyOf(
    [...new Set(denied.map(({ source }) => source))].map(
      (source) => `object.spec.?${source} != oldObject.spec.?${source}`
    )
  )
  const asked = `(${seen(denied)})\n&& (request.operation == 'CREATE'\n|| ${changed})`
  return {
    persistentVolumes: asked,
    persistentVolumeWarnings: butNot(seen([...denied, ...warned]), asked)
  }
}
