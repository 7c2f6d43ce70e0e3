import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { textAt } from '../../kubernetes/fields.ts'
import { trustOf } from '../certificates/chain.ts'
import { certificates } from '../certificates/envoy-secrets.ts'
import type { CheckResult, NotSeen } from '../check.ts'
import { type Finding, finding } from '../finding.ts'
import { addressOf, type WebhookEntry } from '../webhooks/entries.ts'

/** What serves an entry: a chain that was shown in a handshake or stands in the Secret, or nothing seen. */
export type Serving =
  | { readonly kind: 'seen'; readonly pem: string; readonly from: string }
  | { readonly kind: 'notSeen'; readonly notSeen: NotSeen }

/** One webhook entry, its side, and the chain that its server presents. */
export interface BundleFacts {
  readonly side: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration'
  readonly entry: WebhookEntry
  readonly serving: Serving
}

/** The API server trusts the serving certificate by the caBundle of every entry, its names and its time. */
export function checkCaBundles(facts: readonly BundleFacts[], now: number): CheckResult {
  const notSeen = facts.flatMap(({ serving }) =>
    serving.kind === 'notSeen' ? [serving.notSeen] : []
  )
  const judged = facts.map((fact) => judge(fact, now))
  return {
    check: 'ca-bundle',
    detail: detailOf(facts, judged.filter((findings) => findings.length > 0).length),
    findings: judged.flat(),
    notSeen: [...new Map(notSeen.map((entry) => [JSON.stringify(entry), entry])).values()]
  }
}

function detailOf(facts: readonly BundleFacts[], wrong: number): string {
  const from = facts.flatMap(({ serving }) => (serving.kind === 'seen' ? [serving.from] : []))
  const all = facts.length
  if (from.length === 0) return `${all} webhooks, none compared with a serving certificate`
  return `${all - wrong} of ${all} caBundles match ${[...new Set(from)].join(', ')}`
}

function judge({ side, entry, serving }: BundleFacts, now: number): readonly Finding[] {
  const at = { kind: side, name: entry.configuration }
  const namespace = textAt(entry.webhook, 'clientConfig', 'service', 'namespace')
  // Each replica writes its CA into every caBundle when it starts; a URL is somebody else's to keep.
  const command =
    namespace === ''
      ? `kubectl get ${side.toLowerCase()} ${entry.configuration} -o yaml`
      : `kubectl rollout restart deployment --selector app.kubernetes.io/name=spiffe-webhook --namespace ${namespace}`
  const say = (reason: 'CaBundleMissing' | 'CaBundleWrong', what: string): readonly Finding[] => [
    finding(reason, at, `${entry.name} ${what}`, command)
  ]
  const bundle = readPem(
    Buffer.from(textAt(entry.webhook, 'clientConfig', 'caBundle'), 'base64').toString('utf8')
  )
  if (bundle === undefined) {
    return say('CaBundleMissing', 'has a caBundle that is empty or holds no certificate in PEM')
  }
  if (serving.kind === 'notSeen') return []
  const chain = readPem(serving.pem)
  const [leaf] = chain ?? []
  if (chain === undefined || leaf === undefined) {
    return say('CaBundleWrong', `is served with no readable certificate (${serving.from})`)
  }
  if (trustOf(chain, bundle) === 'none' && !isPinned(leaf, bundle)) {
    return say(
      'CaBundleWrong',
      `has a caBundle that does not sign the serving certificate (${leaf.issuer.replaceAll('\n', ', ')}; ${serving.from}): every call fails`
    )
  }
  const [host] = addressOf(entry.webhook)
  if (!names(leaf, host)) {
    return say('CaBundleWrong', `is served with a certificate that does not name ${host}`)
  }
  const { validFromDate: from, validToDate: to } = leaf
  if (from.getTime() > now) {
    return say('CaBundleWrong', `is served with a certificate that begins at ${from.toISOString()}`)
  }
  return to.getTime() > now
    ? []
    : say('CaBundleWrong', `is served with a certificate that expired at ${to.toISOString()}`)
}

/** As the API server looks for the name: in the alternative names, never in the subject. */
const names = (leaf: X509Certificate, host: string): boolean =>
  (isIP(host) === 0 ? leaf.checkHost(host, { subject: 'never' }) : leaf.checkIP(host)) !== undefined

/** A caBundle may hold the serving certificate itself. */
const isPinned = (leaf: X509Certificate, bundle: readonly X509Certificate[]): boolean =>
  bundle.some(({ fingerprint256 }) => fingerprint256 === leaf.fingerprint256)

function readPem(pem: string): readonly X509Certificate[] | undefined {
  try {
    const found = certificates(pem)
    return found.length === 0 ? undefined : found
  } catch {
    return undefined
  }
}
