import { optOutLabel } from '../inject/names.ts'
import { offWorkloadApi } from '../inject/off-workload-api.ts'
import { isOptedOut } from '../inject/opt-out.ts'
import { injectReasons } from '../inject/reasons.ts'
import { isProxylessGrpc, namedIstioProxy, runsProxy } from '../inject/recognise-proxy.ts'
import type { Pod } from '../kubernetes/pod.ts'
import type { GuardModel } from './guard-model.ts'
import type { Violation } from './violation.ts'

/**
 * In an opted-in namespace a final pod has its istio-proxy on the csi.spiffe.io socket, whatever ran after the
 * injection: so "labelled" means "guaranteed". What counts as being on it is what injection would not change.
 *
 * Restricted fields: volume workload-socket, its mounts and environment in istio-proxy, volume workload-certs
 * Allowed values:    what injection sets; pods that opt out and proxyless gRPC pass with a warning. An istio-proxy
 *                    that injection takes for no proxy is refused: what its command starts cannot be read from here
 */
export function judgeFinalPod(pod: Pod, { inject }: GuardModel): readonly Violation[] {
  const named = namedIstioProxy(pod)
  if (named.length === 0) return []
  const proxies = named.filter(({ container }) => runsProxy(container))
  const at = { field: 'spec', path: '', subject: 'istio-proxy' }
  if (isOptedOut(pod, inject)) {
    const remedy = `drop the label ${optOutLabel.key}`
    const message = `OptedOut: istio-proxy stays on the certificates of istiod: ${remedy} to move it`
    return [{ ...at, verdict: 'warn', reason: 'OptedOut', message, remedy }]
  }
  if (proxies.some(({ container }) => isProxylessGrpc(container))) {
    const message = `ProxylessGrpc: ${injectReasons.ProxylessGrpc}`
    const remedy = 'use a sidecar with Envoy'
    return [{ ...at, verdict: 'warn', reason: 'ProxylessGrpc', message, remedy }]
  }
  const deny = (off: string, remedy: string): readonly Violation[] => {
    const message = `istio-proxy is not on the ${inject.csiDriver} socket (${off}): ${remedy}`
    return [{ ...at, verdict: 'deny', reason: 'NotOnWorkloadApi', message, remedy }]
  }
  if (proxies.length === 0) return deny(leftAlone, leftAloneRemedy)
  const off = offWorkloadApi(pod, inject) ?? []
  return off.length === 0 ? [] : deny(off.join('; '), undoneRemedy)
}

const leftAlone = 'it was left alone, as its image is auto or its first argument is not proxy'
const leftAloneRemedy =
  'let Istio fill it in and its args begin with proxy, or give a container that is no proxy another name'
const undoneRemedy =
  'create the pod again, and let no webhook that runs after spiffe-webhook put it back'
