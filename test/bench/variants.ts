import type { KubernetesObject } from '../guard/decision-table-objects.ts'
import { injectedPod, plainPod } from './recorded-pods.ts'

/** What stands between the API server and one pod; the pod's namespace chooses it, so that nothing is restarted. */
export interface Variant {
  readonly name: string
  readonly namespace: string
  readonly pod: KubernetesObject
  /** The webhooks that are asked about such a pod, by name, and no other. */
  readonly asked: readonly string[]
  /** Stands in the pod that comes back, and not in the one that was sent. */
  readonly shows?: string
}

const inject = 'inject.spiffe-webhook.internal'
const moved = 'csi.spiffe.io'

/** The namespace where everything is as the chart installs it. */
export const optedIn = 'opted-in'

/** Without a webhook: what the API server itself takes. */
export const none: Variant = { name: 'no webhook', namespace: 'none', pod: injectedPod, asked: [] }

/** The floor of whatever changes a pod: one operation of a bare Fastify. */
export const floor: Variant = {
  name: 'one operation, the floor',
  namespace: 'floor',
  pod: injectedPod,
  asked: ['floor.bench.internal'],
  shows: 'bench-floor'
}

/** /inject alone: a copy of the chart's configuration for a namespace that the guard does not look at. */
export const injectAlone: Variant = {
  name: '/inject',
  namespace: 'inject-alone',
  pod: injectedPod,
  asked: [inject],
  shows: moved
}

/** /inject and /guard. */
export const withGuard: Variant = {
  name: '/inject and /guard',
  namespace: optedIn,
  pod: injectedPod,
  asked: ['enforce-pods.spiffe-webhook.internal', inject],
  shows: moved
}

const istiosInjector = (what: string, pod: KubernetesObject): Variant => ({
  name: `Istio's injector, ${what}`,
  namespace: 'istio',
  pod,
  asked: ['namespace.sidecar-injector.istio.io'],
  // The image of start-istio.ts; the recorded pod has another one.
  shows: 'istio.test/proxyv2:test'
})

/** Istio's injector about the pod that all are asked about: it renders the sidecar again, as at every reinvocation. */
export const istio: Variant = istiosInjector('same pod', injectedPod)

/** Istio's injector about the pod before it: a quarter of the bytes come in. */
export const istioFirst: Variant = istiosInjector('pod without sidecar', plainPod)

const ordinary = (where: string, namespace: string): Variant => ({
  name: `ordinary pod, ${where}`,
  namespace,
  pod: plainPod,
  asked: []
})

/** An ordinary pod where no webhook is. */
export const ordinaryNone: Variant = ordinary('no webhook', none.namespace)

/** An ordinary pod like most: the API server's match conditions see it, and the server does not. */
export const ordinaryElsewhere: Variant = ordinary('not opted in', 'elsewhere')

/** An ordinary pod where most of the match conditions are. */
export const ordinaryOptedIn: Variant = ordinary('opted in', optedIn)

/** The least that the entries about an ordinary pod can cost: their conditions are `false`. */
export const ordinaryFalse: Variant = ordinary('conditions that are false', 'false-conditions')

/** Entries that a selector keeps away, before a condition is asked. */
export const ordinarySelected: Variant = ordinary('left out by objectSelector', 'object-selector')

/** The admission policy, and no webhook. */
export const ordinaryWithPolicy: Variant = ordinary('admission policy alone', 'policy-alone')

/** All of them, in the order in which they take their turns. */
export const variants: readonly Variant[] = [
  none,
  floor,
  injectAlone,
  withGuard,
  istio,
  istioFirst,
  ordinaryNone,
  ordinaryElsewhere,
  ordinaryOptedIn,
  ordinaryFalse,
  ordinarySelected,
  ordinaryWithPolicy
]
