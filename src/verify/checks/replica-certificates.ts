import type { X509Certificate } from 'node:crypto'
import { certificates } from '../certificates/envoy-secrets.ts'
import type { CheckResult } from '../check.ts'
import type { ReplicaCertificate, ReplicaCertificates } from '../facts/replica-certificates.ts'
import { type Finding, finding } from '../finding.ts'
import type { BundleFacts } from './ca-bundle.ts'

/** Whole seconds: the metrics have no fractions. */
const seconds = (time: number): number => Math.floor(time / 1000)

/**
 * Every replica serves the certificate that the caBundles were compared with; a replica with an older one is named.
 * Says nothing where the replicas could not be asked.
 */
export function withReplicas(
  result: CheckResult,
  facts: readonly BundleFacts[],
  replicas: ReplicaCertificates | undefined
): CheckResult {
  const served = facts.flatMap(({ serving }) => (serving.kind === 'seen' ? [serving] : []))[0]
  const [leaf] = served === undefined ? [] : readable(served.pem)
  if (replicas === undefined || replicas.asked.length === 0 || leaf === undefined) return result
  const { asked, namespace } = replicas
  const findings = asked.flatMap((one) => judge(one, leaf, served?.from ?? '', namespace))
  const right = asked.length - findings.length
  return {
    ...result,
    detail: `${result.detail}, which ${right} of ${asked.length} replicas serve`,
    findings: [...result.findings, ...findings]
  }
}

function readable(pem: string): readonly X509Certificate[] {
  try {
    return certificates(pem)
  } catch {
    return []
  }
}

function judge(
  { pod, notBefore, notAfter }: ReplicaCertificate,
  leaf: X509Certificate,
  from: string,
  namespace: string
): readonly Finding[] {
  const { validFromDate, validToDate } = leaf
  const isSame =
    seconds(notBefore) === seconds(validFromDate.getTime()) &&
    seconds(notAfter) === seconds(validToDate.getTime())
  if (isSame) return []
  const span = (start: number, end: number): string =>
    `of ${new Date(start).toISOString()} until ${new Date(end).toISOString()}`
  const right = span(validFromDate.getTime(), validToDate.getTime())
  const what = `serves a certificate ${span(notBefore, notAfter)}, not ${from} (${right})`
  const command = `kubectl --namespace ${namespace} delete pod ${pod}`
  return [
    finding(
      'ReplicaCertificateDiffers',
      { kind: 'Pod', namespace, name: pod },
      `replica ${pod} ${what}`,
      command
    )
  ]
}
