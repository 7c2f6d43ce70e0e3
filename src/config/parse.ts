import type { ErrorObject } from 'ajv'
import type { Config } from './config.ts'
import { findContradictions } from './contradictions.ts'
import { hostName, name } from './schema-parts.ts'
import { validate } from './validate.ts'

/** A whole configuration, or every fault of the given one, each with its field path. */
export type ParsedConfig = { readonly config: Config } | { readonly errors: readonly string[] }

/** Checks a value read from a configuration file and fills in every default; the value is not changed. */
export function parseConfig(value: unknown): ParsedConfig {
  const filled: unknown = structuredClone(value ?? {})
  if (!validate(filled)) return { errors: (validate.errors ?? []).flatMap(sentence) }
  const errors = findContradictions(filled)
  return errors.length > 0 ? { errors } : { config: filled }
}

/** What a pattern of the schema requires, in words. */
const patterns: ReadonlyMap<unknown, string> = new Map([
  ['^/', 'must be an absolute path'],
  ['^[^/]+$', 'must be a file name without /'],
  [name.pattern, 'must have no blanks around it'],
  [hostName.pattern, 'must be a DNS name or an IP address']
])

/** One sentence for one fault: the field as the person wrote it, and what it must be. */
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
