import type { GuardModel } from '../../guard/guard-model.ts'

import { namedIstioProxy, runsProxy } from '../../inject/recognise-proxy.ts'
import { labelsOf, textAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'

import { decodePod, type Pod } from '../../kubernetes/pod.ts'
import type { Finding } from '../finding.ts'
import type { VerifyReason } from '../reasons.ts'
import type { OptedInNamespace } from '../webhooks/istio.ts'
import { selects } from '../webhooks/selectors.ts'
import { podGroups } from './groups.ts'
import { judgeMeshPod, type MeshPod, type MeshState } from './mesh-pod.ts'
import { type PodNodes, podNodes } from './nodes.ts'
import { ownerOf } from './owner.ts'
import { type ProxyPod, proxyPod } from './proxy-pod.ts'
import { type BadVolume, type Reach, reachesOf } from './reach.ts'
import { type ShownPod, type ShownPods, shownPods } from './shown-pods.ts'

/** How many pods of one labelled namespace stand where. */
export type Tally = Record<MeshState, number>

/** What the survey needs to know before it sees the first pod. */
export interface SurveyFacts {
  readonly model: GuardModel
  readonly namespaces: ReadonlyMap<string, OptedInNamespace>
  /** Volumes that lead to the socket, by `namespace/name` of their claim. */
  readonly byClaim: ReadonlyMap<string, BadVolume>
  /** `namespace/name` of the DaemonSets whose pods must be ready on every node. */
  readonly daemonSets: ReadonlySet<string>
  /** Selectors of objects whose pods are counted. */
  readonly selectors: readonly JsonObject[]
}

/** What is left of all pods when the last one has passed. */
export interface SurveyResult extends PodNodes {
  readonly pods: number
  /** Pods of any namespace whose istio-proxy is not on the socket. */
  readonly staying: number
  readonly tallies: ReadonlyMap<string, Tally>
  readonly meshFindings: readonly Finding[]
  readonly rawFindings: readonly Finding[]
  /** One running pod for each namespace, service account and state: whom --exec may ask. */
  readonly candidates: readonly ProxyPod[]
  /** How many running pods each of the selectors matches, by its JSON. */
  readonly matching: ReadonlyMap<string, number>
  /** For the map of the report. */
  readonly shown: ReturnType<ShownPods['result']>
}

/** Takes running pods one by one, and keeps of them only what findings need. */
export interface PodSurvey {
  readonly add: (object: unknown) => void
  readonly result: () => SurveyResult
}

/** The states of a mesh pod that are findings, with what the sentence says of them. */
const stateFindings: Readonly<Partial<Record<MeshState, readonly [VerifyReason, string]>>> = {
  missed: ['Missed', 'not on the Workload API socket'],
  undone: ['Undone', 'was moved, and a later webhook reverted the change'],
  ambient: ['AmbientPod', 'captured by ambient, so its identity comes from istiod'],
  optedOut: ['OptedOut', 'opts out by label and stays on the CA of istiod'],
  proxyless: ['ProxylessGrpc', 'proxyless gRPC stays on the CA of istiod']
}

const emptyTally = (): Tally => ({
  onSocket: 0,
  missed: 0,
  undone: 0,
  optedOut: 0,
  proxyless: 0,
  ambient: 0,
  outside: 0
})

/** Starts a survey. */
export function podSurvey(facts: SurveyFacts): PodSurvey {
  const tallies = new Map([...facts.namespaces.keys()].map((name) => [name, emptyTally()]))
  const mesh = podGroups()
  const raw = podGroups()
  const nodes = podNodes(facts.daemonSets, facts.model.inject.csiDriver)
  const candidates = new Map<string, ProxyPod>()
  const shown = shownPods()
  const matching = countMatching(facts.selectors)
  let pods = 0
  let staying = 0

  const addMesh = (pod: Pod, namespace: OptedInNamespace): MeshState => {
    const verdict = judgeMeshPod(pod, namespace.injected, facts.model.inject)
    const tally = tallies.get(namespace.name)
    if (tally !== undefined) tally[verdict.state] += 1
    const found = stateFindings[verdict.state]
    if (found !== undefined) mesh.add(found[0], identify(pod), describe(found[1], verdict))
    const candidate = proxyPod(pod, verdict.state)
    if (candidate !== undefined && !candidates.has(candidate.key)) {
      candidates.set(candidate.key, candidate)
    }
    return verdict.state
  }

  return {
    add: (object) => {
      const decoded = decodePod(object)
      if (decoded.kind === 'malformed' || hasEnded(decoded.value)) return
      const pod = decoded.value
      pods += 1
      nodes.add(pod)
      matching.add(pod)
      const namespace = facts.namespaces.get(pod.metadata?.namespace ?? '')
      const state = namespace === undefined ? 'notOptedIn' : addMesh(pod, namespace)
      staying += staysOnIstiod(pod, state) ? 1 : 0
      const reaches = reachesOf(pod, facts.byClaim, facts.model)
      for (const { kind, message } of reaches) {
        raw.add(kind === 'socket' ? 'RawSocket' : 'RouteToSocket', identify(pod), message)
      }
      shown.add(pod, isBypassing(reaches) ? 'bypassing' : state)
    },
    result: () => ({
      pods,
      staying,
      tallies,
      meshFindings: mesh.findings(),
      rawFindings: raw.findings(),
      ...nodes.result(),
      matching: matching.counts,
      candidates: [...candidates.values()],
      shown: shown.result()
    })
  }
}

const isBypassing = (reaches: readonly Reach[]): boolean =>
  reaches.some(({ kind }) => kind === 'socket')

const staysOnIstiod = (pod: Pod, state: ShownPod['state']): boolean =>
  state !== 'onSocket' && namedIstioProxy(pod).some(({ container }) => runsProxy(container))
function countMatching(selectors: readonly JsonObject[]): {
  readonly add: (pod: Pod) => void
  readonly counts: ReadonlyMap<string, number>
} {
  const counts = new Map(selectors.map((selector) => [JSON.stringify(selector), 0]))
  return {
    counts,
    add: (pod) => {
      for (const selector of selectors) {
        const key = JSON.stringify(selector)
        if (selects(selector, labelsOf(pod))) counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    }
  }
}

const identify = (pod: Pod): Parameters<ReturnType<typeof podGroups>['add']>[1] => ({
  namespace: pod.metadata?.namespace ?? '',
  name: pod.metadata?.name ?? '',
  owner: ownerOf(pod)
})

const describe = (sentence: string, verdict: MeshPod): string =>
  'off' in verdict ? `${sentence} (${verdict.off.join('; ')})` : sentence

/** What has ended, or is about to, is no running pod. */
function hasEnded(pod: Pod): boolean {
  const phase = textAt(pod, 'status', 'phase')
  return phase === 'Succeeded' || phase === 'Failed' || pod.metadata?.deletionTimestamp != null
}
