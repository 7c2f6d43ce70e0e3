import { Ajv, type ErrorObject } from 'ajv'
import { isWithin, segments } from '../host-paths/clean.ts'
import type { Config } from './config.ts'
import { configSchema } from './schema.ts'
import { hostName } from './schema-parts.ts'

/** A whole configuration, or every fault of the given one, each with its field path. */
export type ParsedConfig = { readonly config: Config } | { readonly errors: readonly string[] }

/** Where pilot-agent and Envoy look for the socket (istio pkg/security/security.go WorkloadIdentityPath). */
const istioSocketDirectory = '/var/run/secrets/workload-spiffe-uds'

const validate = new Ajv({ allErrors: true, useDefaults: true }).compile<Config>(configSchema)

/** Checks a value read from a configuration file and fills in every default; the value is not changed. */
export function parseConfig(value: unknown): ParsedConfig {
  const filled: unknown = structuredClone(value ?? {})
  if (!validate(filled)) return { errors: (validate.errors ?? []).flatMap(sentence) }
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

function contradictions({ inject, certificates, guard, server }: Config): readonly string[] {
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
  if (server.port === server.probesPort && server.port !== 0) {
    errors.push(`server.probesPort: must not be server.port (${server.port}): choose another port`)
  }
  const twice = namedTwice(inject.mountPaths)
  if (twice !== undefined) {
    errors.push(`inject.mountPaths: names the directory ${twice} twice: name it once`)
  }
  for (const [from, to] of Object.entries(guard.aliases)) {
    if (isWithin(segments(to), segments(from))) {
      errors.push(`${join('guard.aliases', from)}: must lead out of itself, not to ${to}`)
    }
  }
  return errors
}

/** Two spellings of one directory would be two mounts of one place, each undoing the other. */
function namedTwice(paths: readonly string[]): string | undefined {
  const places = paths.map((path) => segments(path).join('/'))
  return paths.find((_, index) => places.indexOf(places[index] ?? '') < index)
}

/** What a pattern of the schema wants, in words. */
const patterns: ReadonlyMap<unknown, string> = new Map([
  ['^/', 'must be an absolute path'],
  ['^[^/]+$', 'must be a file name without /'],
  [hostName.pattern, 'must be a DNS name or an IP address']
])

/** One sentence for one fault: the field as the person wrote it, and what is wanted there. */
function sentence(error: ErrorObject): readonly string[] {
  const field = fieldOf(error.instancePath)
  const named = error.propertyName === undefined ? field : join(field, error.propertyName)
  const prefix = named === '' ? 'configuration' : named
  switch (error.keyword) {
    case 'additionalProperties':
      return [`${join(field, String(error.params.additionalProperty))}: unknown option`]
    case 'required':
      return [`${join(field, String(error.params.missingProperty))}: is missing`]
    case 'enum':
      return [`${prefix}: must be one of ${(error.params.allowedValues as string[]).join(', ')}`]
    case 'pattern':
      return [`${prefix}: ${patterns.get(error.params.pattern) ?? error.message}`]
    case 'propertyNames':
      return []
    case 'minItems':
    case 'minLength':
      return [`${prefix}: must not be empty`]
    default:
      return [`${prefix}: ${error.message}`]
  }
}

/** A key that is no plain word stands in brackets, as in `guard.aliases["/var/run"]`. */
const join = (field: string, key: string): string => {
  if (!/^[\w-]+$/.test(key)) return `${field}[${JSON.stringify(key)}]`
  return field === '' ? key : `${field}.${key}`
}

/** `/guard/exemptions/0/paths` as `guard.exemptions[0].paths`. */
function fieldOf(instancePath: string): string {
  return instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((field, key) => (/^\d+$/.test(key) ? `${field}[${key}]` : join(field, key)), '')
}
