import type { InjectConfig } from '../../config/config.ts'
import { inject } from '../../inject/inject.ts'
import { appContainersAnnotation, istioProxyName, statusAnnotation } from '../../inject/names.ts'
import { offWorkloadApi } from '../../inject/off-workload-api.ts'
import { isOptedOut } from '../../inject/opt-out.ts'
import { isProxylessGrpc, namedIstioProxy, runsProxy } from '../../inject/recognise-proxy.ts'
import type { Pod } from '../../kubernetes/pod.ts'

/** Where a running pod of a labelled namespace stands. `off` says in words what keeps it off the socket. */
export type MeshPod =
  | { readonly state: 'onSocket' | 'optedOut' | 'proxyless' | 'ambient' | 'outside' }
  | { readonly state: 'missed' | 'undone'; readonly off: readonly string[] }

/** One word of MeshPod, also in JSON and metrics. */
export type MeshState = MeshPod['state']

/** Set by istio-cni on every pod that ambient captures (istio api/annotation AmbientRedirection). */
const redirection = 'ambient.istio.io/redirection'
const dataplaneLabel = 'istio.io/dataplane-mode'
const istioInject = 'sidecar.istio.io/inject'

/** What Istio takes for yes, or for no answer; anything else is a no (pkg/kube/inject/inject.go injectRequired). */
const istioYes = new Set(['', 'y', 'yes', 'true', 'on'])

/** Judges one pod; `injected` says that Istio gives ordinary pods of its namespace a sidecar. */
export function judgeMeshPod(pod: Pod, injected: boolean, config: InjectConfig): MeshPod {
  const named = namedIstioProxy(pod)
  const proxies = named.filter(({ container }) => runsProxy(container))
  if (named.length === 0) return withoutProxy(pod, injected, config)
  if (isOptedOut(pod, config)) return { state: 'optedOut' }
  if (proxies.length === 0)
    return misplaced(pod, [`${istioProxyName}, which injection takes for no proxy`])
  if (proxies.some(({ container }) => isProxylessGrpc(container))) return { state: 'proxyless' }
  const off = [...(offWorkloadApi(pod, config) ?? []), ...offApplications(pod, config)]
  return off.length === 0 ? { state: 'onSocket' } : misplaced(pod, off)
}

function withoutProxy(pod: Pod, injected: boolean, config: InjectConfig): MeshPod {
  const { labels, annotations } = pod.metadata ?? {}
  if (annotations?.[redirection] === 'enabled' || labels?.[dataplaneLabel] === 'ambient') {
    return { state: 'ambient' }
  }
  const apps = offApplications(pod, config)
  if (apps.length > 0) return misplaced(pod, apps)
  const answer = labels?.[istioInject] ?? annotations?.[istioInject] ?? ''
  const refused = !istioYes.has(answer.toLowerCase())
  // Istio injects neither what says no nor what has the node's network (pkg/kube/inject injectRequired).
  if (!injected || refused || pod.spec?.hostNetwork === true || isOptedOut(pod, config)) {
    return { state: 'outside' }
  }
  return misplaced(pod, [`no ${istioProxyName}`])
}

/** The annotation is anyone's to write, so it never makes a pod right; it only tells the two wrongs apart. */
function misplaced(pod: Pod, off: readonly string[]): MeshPod {
  const moved = pod.metadata?.annotations?.[statusAnnotation] === 'injected'
  return { state: moved ? 'undone' : 'missed', off }
}

/** What injection would still change in application containers that ask for the socket. */
function offApplications(pod: Pod, config: InjectConfig): readonly string[] {
  const asks = pod.metadata?.annotations?.[appContainersAnnotation]
  if (asks === undefined || (offWorkloadApi(pod, config) ?? []).length > 0) return []
  const decision = inject(pod, config)
  const changes =
    decision.kind === 'injected' && decision.operations.some(({ path }) => path.startsWith('/spec'))
  return changes ? ['application containers without the socket they ask for'] : []
}
