import { configSchema } from '../src/config/schema.ts'
import type { Schema } from '../src/config/schema-parts.ts'

/** src/config/config.ts: a TypeScript interface for every object of the schema that has a title. */
export function configTypes(): string {
  const interfaces: string[] = []
  declare(configSchema, interfaces)
  return `/* Generated from schema.ts by npm run generate; do not edit. */\n\n${interfaces.join('\n')}`
}

/** Adds the interface of an object after those that it names. */
function declare(schema: Schema, interfaces: string[]): string {
  const { title = '', properties = {}, required = [] } = schema
  const fields = Object.entries(properties).map(([key, value]) => {
    const mark = value.default === undefined && !isRequired(key, value, required) ? '?' : ''
    const doc = value.description === undefined ? '' : comment(value.description, '  ')
    return `${doc}  readonly ${key}${mark}: ${typeOf(value, interfaces)}\n`
  })
  const doc = comment(schema.description ?? '', '')
  interfaces.push(`${doc}export interface ${title} {\n${fields.join('')}}\n`)
  return title
}

/** A section without a default of its own still has one: every option in it does. */
const isRequired = (key: string, { properties }: Schema, required: readonly string[]): boolean =>
  required.includes(key) || properties !== undefined

function typeOf(schema: Schema, interfaces: string[]): string {
  const { type, items, enum: choices, additionalProperties, title } = schema
  if (title !== undefined) return declare(schema, interfaces)
  if (choices !== undefined) return choices.map((choice) => `'${choice}'`).join(' | ')
  if (type === 'integer') return 'number'
  if (type === 'array')
    return `readonly ${items === undefined ? 'unknown' : typeOf(items, interfaces)}[]`
  if (type !== 'object') return type
  const value =
    typeof additionalProperties === 'object' ? typeOf(additionalProperties, interfaces) : 'unknown'
  return `Readonly<Record<string, ${value}>>`
}

/** A docstring, in lines of 100 columns at most. */
function comment(text: string, indent: string): string {
  const one = `${indent}/** ${text} */\n`
  if (one.length <= 101) return one
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && `${indent} * ${line} ${word}`.length > 100) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return `${indent}/**\n${[...lines, line].map((l) => `${indent} * ${l}\n`).join('')}${indent} */\n`
}
