import { istioProxyName } from '../../inject/names.ts'
import { offWorkloadApi } from '../../inject/off-workload-api.ts'
import { isOptedOut } from '../../inject/opt-out.ts'
import { leftOnIstiod } from '../../inject/reasons.ts'
import { isProxylessGrpc, namedIstioProxy, runsProxy } from '../../inject/recognise-proxy.ts'
import type { Finding } from '../finding.ts'
import type { RuleAbout } from './rule.ts'

type FinalPodReason = 'NotOnWorkloadApi' | keyof typeof leftOnIstiod

/**
 * In an opted-in namespace a final pod has its istio-proxy on the csi.spiffe.io socket, whatever ran after the
 * injection: so "labelled" means "guaranteed". What counts as being on it is what injection would not change.
 *
 * Restricted fields: volume workload-socket, its mounts and environment in istio-proxy, volume workload-certs
 * Allowed values:    what injection sets; pods that opt out and proxyless gRPC pass with a warning. An istio-proxy
 *                    that injection does not take for a proxy is refused: nobody can read what its command starts
 */
export const finalPod: RuleAbout<'finalPod', FinalPodReason> = {
  about: 'finalPod',
  reasons: {
    NotOnWorkloadApi: {
      meaning: 'The final pod has a proxy of Istio that does not use the csi.spiffe.io socket.',
      remedy:
        'recreate the pod, and make sure that no later webhook reverts the change; the args of the proxy must begin with proxy'
    },
    ...leftOnIstiod
  },
  sees: () => [{ verdict: 'deny', container: `c.name == '${istioProxyName}'` }],
  *find(pod, { inject }) {
    const named = namedIstioProxy(pod)
    if (named.length === 0) return
    const proxies = named.filter(({ container }) => runsProxy(container))
    const found = (
      verdict: Finding['verdict'],
      reason: FinalPodReason,
      what: string,
      remedy: string
    ): Finding<FinalPodReason> => ({
      verdict,
      reason,
      keys: ['spec'],
      subject: istioProxyName,
      what: `${istioProxyName} ${what}`,
      remedy
    })
    if (isOptedOut(pod, inject)) {
      yield found(
        'warn',
        'OptedOut',
        'stays on the certificates of istiod',
        leftOnIstiod.OptedOut.remedy
      )
    } else if (proxies.some(({ container }) => isProxylessGrpc(container))) {
      yield found('warn', 'ProxylessGrpc', proxyless, leftOnIstiod.ProxylessGrpc.remedy)
    } else if (proxies.length === 0) {
      yield found('deny', 'NotOnWorkloadApi', notOn(inject.csiDriver, unrecognised), fillIn)
    } else {
      const off = offWorkloadApi(pod, inject) ?? []
      if (off.length === 0) return
      const wrong = `wrong or missing: ${off.join('; ')}`
      yield found('deny', 'NotOnWorkloadApi', notOn(inject.csiDriver, wrong), undone)
    }
  }
}

const notOn = (csiDriver: string, why: string): string =>
  `does not use the ${csiDriver} socket (${why})`

const proxyless =
  'is proxyless gRPC, which cannot use the Workload API socket, so it stays on istiod'
const unrecognised = 'not moved, as its image is auto or its first argument is not proxy'
const fillIn =
  'let Istio fill it in, with args that begin with proxy, or rename a container that is not a proxy'
const undone = 'recreate the pod, and make sure that no later webhook reverts the change'
