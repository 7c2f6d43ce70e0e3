import type { X509Certificate } from 'node:crypto'
import { istioProxyName } from '../../inject/names.ts'
import { trustOf } from '../certificates/chain.ts'
import { type EnvoySecrets, readEnvoySecrets } from '../certificates/envoy-secrets.ts'
import { judgeSvid } from '../certificates/judge-svid.ts'
import { type Svid, svidOf } from '../certificates/svid.ts'
import type { CheckResult, NotSeen } from '../check.ts'
import { type Finding, finding } from '../finding.ts'
import type { ProxyPod } from '../pods/proxy-pod.ts'
import type { MovedSide } from './trust.ts'

/** What came of one exec: the program's output, a refusal of the API server, a pod that has ended, or a failure. */
export type Asked =
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'forbidden'; readonly why: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly why: string }

/** One pod that was asked. */
export interface AskedPod {
  readonly pod: ProxyPod
  readonly asked: Asked
  readonly istiodRoots: readonly X509Certificate[] | undefined
}

/** A check's result, and the certificates it saw. */
export interface CertificatesResult {
  readonly result: CheckResult
  readonly svids: readonly Svid[]
  /** Of every sidecar on the socket that showed its secrets, where istiod's roots were seen. */
  readonly moved: readonly MovedSide[]
}

/** Judges what every asked Envoy holds, of pods that are still there; `left` counts the identities that nobody was asked about. */
export function checkEnvoyCertificates(
  all: readonly AskedPod[],
  left: number,
  now: number,
  aliases: readonly string[] = []
): CertificatesResult {
  const asked = all.filter((entry) => entry.asked.kind !== 'gone')
  const findings: Finding[] = []
  const notSeen: NotSeen[] = []
  const svids: Svid[] = []
  const moved: MovedSide[] = []
  for (const entry of asked) {
    const secrets = secretsOf(entry)
    if ('notSeen' in secrets) notSeen.push(secrets.notSeen)
    else if ('finding' in secrets) findings.push(secrets.finding)
    else {
      const { pod, istiodRoots } = entry
      findings.push(...judgeSvid({ pod, secrets: secrets.secrets, istiodRoots, now, aliases }))
      const svid = svidOf(pod, secrets.secrets)
      if (svid !== undefined) svids.push(svid)
      moved.push(...sideOf(pod, secrets.secrets, istiodRoots))
    }
  }
  notSeen.push(...rootsNotSeen(asked))
  const more = left === 0 ? '' : `, ${left} more identities not asked (--pods)`
  const detail = `${svids.length} of ${asked.length} Envoys hold a certificate${more}`
  return {
    result: { check: 'envoy-certificates', detail, findings, notSeen: unique(notSeen) },
    svids,
    moved
  }
}

/** How a sidecar on the socket and istiod stand to each other; none where that cannot be told. */
function sideOf(
  { state }: ProxyPod,
  { chain, roots }: EnvoySecrets,
  istiodRoots: readonly X509Certificate[] | undefined
): readonly MovedSide[] {
  const [leaf] = chain
  const trustDomain = /URI:spiffe:\/\/([^/,]+)\//.exec(leaf?.subjectAltName ?? '')?.[1]
  if (state !== 'onSocket' || trustDomain === undefined || istiodRoots === undefined) return []
  const held = new Set(roots.map(({ fingerprint256 }) => fingerprint256))
  return [
    {
      trustDomain,
      chain,
      sharesRoot: trustOf(chain, istiodRoots) !== 'none',
      trustsIstiod: istiodRoots.some(({ fingerprint256 }) => held.has(fingerprint256))
    }
  ]
}

type Secrets =
  | { readonly secrets: EnvoySecrets }
  | { readonly notSeen: NotSeen }
  | { readonly finding: Finding }

function secretsOf({ pod, asked }: AskedPod): Secrets {
  if (asked.kind === 'forbidden') {
    return { notSeen: { resource: 'pods/exec', verb: 'create', why: asked.why } }
  }
  const read = asked.kind === 'answered' ? readEnvoySecrets(asked.text) : undefined
  if (read?.kind === 'read') return read
  const why = asked.kind === 'failed' ? asked.why : (read?.why ?? '')
  const { namespace, name } = pod
  const command = `kubectl exec ${name} --namespace ${namespace} --container ${istioProxyName} -- pilot-agent request GET certs`
  const message = `Envoy could not be asked: ${why}`
  return { finding: finding('EnvoyNotAsked', { kind: 'Pod', namespace, name }, message, command) }
}

function rootsNotSeen(asked: readonly AskedPod[]): readonly NotSeen[] {
  const namespaces = asked
    .filter(({ istiodRoots }) => istiodRoots === undefined)
    .map(({ pod }) => pod.namespace)
  if (namespaces.length === 0) return []
  const where = [...new Set(namespaces)].join(', ')
  const why = `istio-ca-root-cert could not be read in ${where}, so certificates of istiod cannot be recognised`
  return [{ resource: 'configmaps', verb: 'get', why }]
}

const unique = (notSeen: readonly NotSeen[]): readonly NotSeen[] => [
  ...new Map(notSeen.map((entry) => [JSON.stringify(entry), entry])).values()
]
