import type { X509Certificate } from 'node:crypto'
import type { EnvoySecrets } from './envoy-secrets.ts'
import type { ProxyPod } from './proxy-pod.ts'

/** The certificate that one Envoy holds, as report and JSON show it; times are ISO 8601. */
export interface Svid {
  readonly namespace: string
  readonly pod: string
  readonly serviceAccount: string
  /** The first URI of the certificate, or empty. */
  readonly spiffeId: string
  readonly serialNumber: string
  readonly issuer: string
  readonly notBefore: string
  readonly notAfter: string
}

/** Reads the leaf; undefined where Envoy holds none. */
export function svidOf(
  { namespace, name, serviceAccount }: ProxyPod,
  { chain }: EnvoySecrets
): Svid | undefined {
  const [leaf] = chain
  if (leaf === undefined) return undefined
  return {
    namespace,
    pod: name,
    serviceAccount,
    spiffeId: uriOf(leaf),
    serialNumber: leaf.serialNumber.toLowerCase(),
    issuer: leaf.issuer.replaceAll('\n', ', '),
    notBefore: leaf.validFromDate.toISOString(),
    notAfter: leaf.validToDate.toISOString()
  }
}

/** Node writes a subjectAltName as `URI:spiffe://…, DNS:…`, in quotes where a comma is part of it. */
function uriOf({ subjectAltName = '' }: X509Certificate): string {
  return /(?:^|, )URI:(?:"([^"]*)"|([^,]*))/.exec(subjectAltName)?.slice(1).find(Boolean) ?? ''
}
