import { serviceAccountOf } from '../../guard/exemptions.ts'
import { istioProxyName } from '../../inject/names.ts'
import { namedIstioProxy, runsProxy } from '../../inject/recognise-proxy.ts'
import { listAt, textAt } from '../../kubernetes/fields.ts'
import type { Pod } from '../../kubernetes/pod.ts'
import type { MeshState } from './mesh-pod.ts'

/** A pod whose Envoy can be asked for its certificate, and what that must say. */
export interface ProxyPod {
  readonly namespace: string
  readonly name: string
  readonly serviceAccount: string
  readonly state: MeshState
  /** From TRUST_DOMAIN in istio-proxy (istio injection-template.yaml); undefined: any will do. */
  readonly trustDomain: string | undefined
  /** Pods with one key have the same identity and the same state: one of them is asked. */
  readonly key: string
}

/** States in which the certificate is istiod's by choice, or there is no Envoy: nothing to ask. */
const unasked: ReadonlySet<MeshState> = new Set<MeshState>(['optedOut', 'proxyless'])

/** Reads a pod whose istio-proxy runs now; undefined for every other. */
export function proxyPod(pod: Pod, state: MeshState): ProxyPod | undefined {
  const proxy = namedIstioProxy(pod).find(({ container }) => runsProxy(container))
  if (proxy === undefined || unasked.has(state) || !isRunning(pod)) return undefined
  const env = (proxy.container.env ?? []).findLast(({ name }) => name === 'TRUST_DOMAIN')
  const namespace = pod.metadata?.namespace ?? ''
  const serviceAccount = serviceAccountOf(pod.spec)
  return {
    namespace,
    name: pod.metadata?.name ?? '',
    serviceAccount,
    state,
    trustDomain: typeof env?.value === 'string' && env.value !== '' ? env.value : undefined,
    key: `${namespace}/${serviceAccount}/${state}`
  }
}

function isRunning(pod: Pod): boolean {
  return ['containerStatuses', 'initContainerStatuses'].some((list) =>
    listAt(pod, 'status', list).some(
      (status) =>
        status.name === istioProxyName && textAt(status, 'state', 'running', 'startedAt') !== ''
    )
  )
}
