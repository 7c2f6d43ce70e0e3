import type { X509Certificate } from 'node:crypto'
import { istioProxyName } from '../../inject/names.ts'
import { type Finding, finding, type ObjectRef } from '../finding.ts'
import type { ProxyPod } from '../pods/proxy-pod.ts'
import type { VerifyReason } from '../reasons.ts'
import { trustOf } from './chain.ts'
import type { EnvoySecrets } from './envoy-secrets.ts'
import { type Svid, svidOf } from './svid.ts'

/** One Envoy's answer and what it is measured by. */
export interface SvidFacts {
  readonly pod: ProxyPod
  readonly secrets: EnvoySecrets
  /** From ConfigMap istio-ca-root-cert of the pod's namespace; undefined where it was not seen. */
  readonly istiodRoots: readonly X509Certificate[] | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
  /** meshConfig.trustDomainAliases: while a mesh is moved, moved sidecars have one of them. */
  readonly aliases?: readonly string[]
}

/** Agents renew at half the lifetime (SPIRE) or each renewal_interval (tbot, a third of the TTL by default). */
const lateShare = 0.75

/** Envoy's own certificate is of the Workload API, of this pod, and in time. */
export function judgeSvid(facts: SvidFacts): readonly Finding[] {
  const { pod, secrets } = facts
  const svid = svidOf(pod, secrets)
  const say = sayOf(pod)
  if (svid === undefined) {
    const why =
      'holds no certificate: the Workload API socket is missing, or the agent refuses this pod'
    return [say('NoCertificate', why)]
  }
  return [
    ...judgeIdentity(pod, svid, facts.aliases ?? [], say),
    ...judgeIssuer(facts, svid, say),
    ...judgeTime(svid, facts.now, say)
  ]
}

type Say = (reason: VerifyReason, what: string) => Finding

function sayOf({ namespace, name }: ProxyPod): Say {
  const at: ObjectRef = { kind: 'Pod', namespace, name }
  const certs = `kubectl exec ${name} --namespace ${namespace} --container ${istioProxyName} -- pilot-agent request GET certs`
  const logs = `kubectl logs ${name} --namespace ${namespace} --container ${istioProxyName} --tail 50`
  return (reason, what) =>
    finding(reason, at, `Envoy ${what}`, reason === 'NoCertificate' ? logs : certs)
}

function judgeIdentity(
  { namespace, serviceAccount, trustDomain }: ProxyPod,
  { spiffeId }: Svid,
  aliases: readonly string[],
  say: Say
): readonly Finding[] {
  const path = `/ns/${namespace}/sa/${serviceAccount}`
  const domain = trustDomain ?? /^spiffe:\/\/([^/]+)/.exec(spiffeId)?.[1] ?? ''
  const accepted = [domain, ...aliases].filter((one) => one !== '')
  if (accepted.some((one) => spiffeId === `spiffe://${one}${path}`)) return []
  const wanted = `spiffe://${domain || 'TRUST_DOMAIN'}${path}`
  const what = `has the SPIFFE ID ${spiffeId || 'none'}, and Istio's peers expect ${wanted}: fix the template of the WorkloadIdentity or ClusterSPIFFEID, or meshConfig.trustDomain`
  return [say('WrongSpiffeId', what)]
}

/**
 * A certificate that leads to a root of istiod is istiod's, unless that root may be another's as well: istiod was given
 * an intermediate of it, or publishes several. A pod that is not on the socket can have it from nobody else.
 */
function judgeIssuer(
  { pod, secrets, istiodRoots = [] }: SvidFacts,
  { issuer }: Svid,
  say: Say
): readonly Finding[] {
  const findings: Finding[] = []
  const istiod = trustOf(secrets.chain, istiodRoots)
  const isShared =
    pod.state === 'onSocket' && (istiod === 'viaIntermediates' || istiodRoots.length > 1)
  if (istiod !== 'none' && !isShared) {
    const what = `has a certificate of istiod's CA (${issuer}), not of the Workload API: it fell back silently`
    findings.push(say('IssuedByIstiod', what))
  }
  if (istiod !== 'none' && isShared) {
    const what = `has a certificate (${issuer}) that leads to a root of istiod too: with one root for both, the issuer cannot be told`
    findings.push(say('SharedRoot', what))
  }
  if (trustOf(secrets.chain, secrets.roots) === 'none') {
    const what = `has a certificate (${issuer}) that its own trust bundle does not sign: peers with that bundle refuse it`
    findings.push(say('NotTrusted', what))
  }
  return findings
}

/** Milliseconds by which the clocks of an agent and of the API server may differ. */
const tolerance = 30_000

function judgeTime({ notBefore, notAfter }: Svid, now: number, say: Say): readonly Finding[] {
  const [from, to] = [Date.parse(notBefore), Date.parse(notAfter)]
  if (now >= to) return [say('CertificateExpired', `has a certificate that expired at ${notAfter}`)]
  if (from > now + tolerance) {
    const what = `has a certificate that is not valid before ${notBefore}: peers refuse it, and the clock of the agent's node may be wrong`
    return [say('CertificateNotYetValid', what)]
  }
  const share = (now - from) / (to - from)
  if (share <= lateShare) return []
  const what = `has used ${Math.floor(share * 100)} % of its certificate's life, which ends at ${notAfter}, without a rotation`
  return [say('RotationLate', what)]
}
