import { Ajv, type ErrorObject } from 'ajv'
import type { Config } from './config.ts'
import { configSchema } from './schema.ts'

/** A whole configuration, or every fault of the given one, each with its field path. */
export type ParsedConfig = { readonly config: Config } | { readonly errors: readonly string[] }

/** Where pilot-agent and Envoy look for the socket (istio pkg/security/security.go WorkloadIdentityPath). */
const istioSocketDirectory = '/var/run/secrets/workload-spiffe-uds'

const validate = new Ajv({ allErrors: true, useDefaults: true }).compile<Config>(configSchema)

/** Checks a value read from a configuration file and fills in every default; the value is not changed. */
export function parseConfig(value: unknown): ParsedConfig {
  const filled: unknown = structuredClone(value ?? {})
  if (!validate(filled)) return { errors: (validate.errors ?? []).map(sentence) }
  const config = withSocketEnv(filled)
  const errors = contradictions(config)
  return errors.length > 0 ? { errors } : { config }
}

/** CA_ADDR and WORKLOAD_IDENTITY_SOCKET_FILE follow the socket file; what the administrator wrote wins. */
function withSocketEnv(config: Config): Config {
  const { env, mountPaths, socketFile } = config.inject
  const base = {
    CA_ADDR: `unix://${mountPaths[0]}/${socketFile}`,
    PILOT_CERT_PROVIDER: 'workloadapi',
    ...(socketFile === 'socket' ? {} : { WORKLOAD_IDENTITY_SOCKET_FILE: socketFile })
  }
  return { ...config, inject: { ...config.inject, env: { ...base, ...env } } }
}

function contradictions({ inject, certificates, guard }: Config): readonly string[] {
  const errors: string[] = []
  if (!inject.mountPaths.includes(istioSocketDirectory)) {
    errors.push(
      `inject.mountPaths: must hold ${istioSocketDirectory}, where pilot-agent and Envoy look`
    )
  }
  if (certificates.caLifetime < 2 * certificates.leafLifetime) {
    errors.push(
      `certificates.caLifetime: must be at least twice leafLifetime (${certificates.leafLifetime}), so that a leaf never outlives its CA`
    )
  }
  for (const [from, to] of Object.entries(guard.aliases)) {
    if (`${to}/`.startsWith(`${from}/`)) {
      errors.push(`guard.aliases["${from}"]: must lead out of itself, not to ${to}`)
    }
  }
  return errors
}

/** One sentence for one fault: the field as the person wrote it, and what is wanted there. */
function sentence(error: ErrorObject): string {
  const field = fieldOf(error.instancePath)
  const prefix = field === '' ? 'configuration' : field
  switch (error.keyword) {
    case 'additionalProperties':
      return `${join(field, String(error.params.additionalProperty))}: unknown option`
    case 'required':
      return `${join(field, String(error.params.missingProperty))}: is missing`
    case 'enum':
      return `${prefix}: must be one of ${(error.params.allowedValues as string[]).join(', ')}`
    case 'pattern':
      return `${prefix}: must ${error.params.pattern === '^/' ? 'be an absolute path' : `match ${error.params.pattern}`}`
    default:
      return `${prefix}: ${error.message ?? error.keyword}`
  }
}

const join = (field: string, key: string): string => (field === '' ? key : `${field}.${key}`)

/** `/guard/exemptions/0/paths` as `guard.exemptions[0].paths`. */
function fieldOf(instancePath: string): string {
  return instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((field, key) => (/^\d+$/.test(key) ? `${field}[${key}]` : join(field, key)), '')
}
