import type { X509Certificate } from 'node:crypto'
import type { ProxyPod } from '../pods/proxy-pod.ts'
import type { EnvoySecrets } from './envoy-secrets.ts'

/** The certificate that one Envoy holds, as report and JSON show it; times are ISO 8601. */
export interface Svid {
  readonly namespace: string
  readonly pod: string
  readonly serviceAccount: string
  /** The URI of the certificate, or empty; several, which no SVID may have, are joined by a space. */
  readonly spiffeId: string
  readonly serialNumber: string
  readonly issuer: string
  readonly notBefore: string
  readonly notAfter: string
  /** Other trust domains whose certificates this Envoy accepts: federated ones. */
  readonly federated: readonly string[]
}

/** Reads the leaf; undefined where Envoy holds none. */
export function svidOf(
  { namespace, name, serviceAccount }: ProxyPod,
  { chain, trustDomains }: EnvoySecrets
): Svid | undefined {
  const [leaf] = chain
  if (leaf === undefined) return undefined
  const spiffeId = urisOf(leaf).join(' ')
  return {
    namespace,
    pod: name,
    serviceAccount,
    spiffeId,
    serialNumber: leaf.serialNumber.toLowerCase(),
    issuer: leaf.issuer.replaceAll('\n', ', '),
    notBefore: leaf.validFromDate.toISOString(),
    notAfter: leaf.validToDate.toISOString(),
    federated: trustDomains.filter((domain) => !spiffeId.startsWith(`spiffe://${domain}/`))
  }
}

/**
 * Node writes a subjectAltName as `URI:spiffe://…, DNS:…`, and in quotes, as JSON, where a comma or another sign could
 * be taken for the next name. Each name is passed over whole, so none can hide another.
 */
function urisOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return [...subjectAltName.matchAll(/(?:^|, )([^:]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)]
    .filter(([, kind]) => kind === 'URI')
    .map(([, , value = '']) => value)
}
