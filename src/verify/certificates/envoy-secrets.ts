import { X509Certificate } from 'node:crypto'
import { listAt, textAt, valueAt } from '../../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../../kubernetes/json.ts'

/** What an Envoy holds: its own chain, leaf first (empty: none yet), and the roots that it trusts. */
export interface EnvoySecrets {
  readonly chain: readonly X509Certificate[]
  readonly roots: readonly X509Certificate[]
  /** Trust domains whose roots these are, where the Workload API said so; sorted. */
  readonly trustDomains: readonly string[]
}

/** A decoded answer of Envoy, or one sentence on why it is none. */
export type ReadSecrets =
  | { readonly kind: 'read'; readonly secrets: EnvoySecrets }
  | { readonly kind: 'unreadable'; readonly why: string }

/**
 * Asks Envoy's admin port by way of pilot-agent, the one program beside Envoy in a distroless proxy image (istio
 * pilot/cmd/pilot-agent/app/request.go). Envoy redacts the private key in its answer.
 */
export const askEnvoy: readonly string[] = [
  'pilot-agent',
  'request',
  'GET',
  'config_dump?resource=dynamic_active_secrets'
]

/** SDS names that istiod tells Envoy to ask for (istio pkg/security/security.go). */
const leafName = 'default'
const rootsName = 'ROOTCA'

/**
 * Reads Envoy's /config_dump (admin.v3 SecretsConfigDump): the whole of it, or dynamic_active_secrets alone.
 * An Envoy that was given nothing yet answers with no entry.
 */
export function readEnvoySecrets(text: string): ReadSecrets {
  try {
    const dump: unknown = JSON.parse(withoutLog(text))
    if (!isObject(dump)) return { kind: 'unreadable', why: 'Envoy answered no JSON object' }
    const secrets = activeSecrets(dump)
    const find = (name: string): unknown => secrets.find((entry) => entry.name === name)?.secret
    const leaf = inline(valueAt(find(leafName), ['tls_certificate', 'certificate_chain']))
    const chain = certificates(leaf)
    const context = valueAt(find(rootsName), ['validation_context'])
    const domains = listAt(context, 'custom_validator_config', 'typed_config', 'trust_domains')
    const trustDomains = domains.map((domain) => textAt(domain, 'name')).sort()
    return { kind: 'read', secrets: { chain, roots: rootsOf(context, domains), trustDomains } }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { kind: 'unreadable', why: `Envoy's answer cannot be read (${why})` }
  }
}

/** pilot-agent logs to the same output: without CA certificates in its image, it says so before the answer. */
const withoutLog = (text: string): string => text.replace(/^(?:\d{4}-\d{2}-\d{2}T.*\n)+/, '')

function activeSecrets(dump: JsonObject): readonly JsonObject[] {
  return listAt(dump, 'configs').flatMap((config) =>
    Array.isArray(config.dynamic_active_secrets)
      ? listAt(config, 'dynamic_active_secrets')
      : [config]
  )
}

/** One bundle, or one for each federated trust domain (SPIFFECertValidatorConfig, as SPIRE sends it). */
function rootsOf(context: unknown, domains: readonly JsonObject[]): readonly X509Certificate[] {
  return [
    ...certificates(inline(valueAt(context, ['trusted_ca']))),
    ...domains.flatMap((domain) => certificates(inline(domain.trust_bundle)))
  ]
}

function inline(source: unknown): string {
  return Buffer.from(textAt(source, 'inline_bytes'), 'base64').toString('utf8')
}

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Every certificate of a PEM text, in order. Throws where a block is none. */
export function certificates(pem: string): readonly X509Certificate[] {
  return (pem.match(pemBlock) ?? []).map((block) => new X509Certificate(block))
}
