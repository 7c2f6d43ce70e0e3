import { configSchema } from '../src/config/schema.ts'
import type { Schema } from '../src/config/schema-parts.ts'
import { alertSchema } from './alerts.ts'
import type { ChartValue } from './read-values.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/**
 * The values.schema.json of a chart: every key is listed and no other is taken. Keys of the configuration file
 * are checked as the server checks them. Names of habit pass here, since the chart refuses each with a sentence of its own.
 */
export function valuesSchema(
  title: string,
  values: readonly ChartValue[],
  habits: readonly string[] = []
): JsonSchema {
  const { properties, ...closed } = habits.reduce(admit, section(values))
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title,
    ...closed,
    // Helm hands `global` to every chart that is a dependency of another.
    properties: { ...(properties as object), global: { type: 'object' } }
  }
}

/** The schema that lets this key through, by its dotted name. */
function admit(schema: JsonSchema, name: string): JsonSchema {
  const [key = '', ...rest] = name.split('.')
  const properties = schema.properties as Readonly<Record<string, JsonSchema>>
  const inner = rest.length === 0 ? {} : admit(properties[key] ?? {}, rest.join('.'))
  return { ...schema, properties: { ...properties, [key]: inner } }
}

function section(values: readonly ChartValue[]): JsonSchema {
  const properties = values.map((value) => [value.path.at(-1), valueSchema(value)] as const)
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(properties)
  }
}

function valueSchema({ path, description, schema, value, children }: ChartValue): JsonSchema {
  if (children !== undefined) return section(children)
  const isAlert = path.slice(0, 2).join('.') === 'prometheusRule.alerts'
  const base = isAlert ? alertSchema : (configured(path) ?? { type: typeOf(value) })
  const type = value === null ? { type: [base.type, 'null'] } : {}
  return { description, ...base, ...type, ...schema, default: value }
}

/** What the configuration file says of the same key. */
function configured([top = '', key = '']: readonly string[]): JsonSchema | undefined {
  const found = configSchema.properties?.[top]?.properties?.[key]
  if (found === undefined) return undefined
  const { description: _, default: __, ...shape } = plain(found)
  return shape
}

/** The schema as JSON Schema has it, without what only the generators read. */
function plain({ title: _, chart: __, ...schema }: Schema): JsonSchema {
  const { items, properties } = schema
  return {
    ...schema,
    ...(items === undefined ? {} : { items: plain(items) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, value]) => [key, plain(value)])
          )
        })
  }
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}
