/** A JSON Schema (draft-07, as ajv reads it), as far as it is used here. */
export interface Schema {
  /** The name of the TypeScript type that is generated for this object (config.ts). */
  readonly title?: string
  /** What the Helm chart makes of the option; absent: a value of the same name, default and meaning. */
  readonly chart?: ChartPart
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean'
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly minLength?: number
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly propertyNames?: { readonly pattern: string }
  readonly required?: readonly string[]
  readonly additionalProperties?: false | Schema
}

/** Where the chart departs from an option: `false` where it decides the option by itself, so there is no value. */
export type ChartPart =
  | false
  | {
      readonly default?: unknown
      readonly description?: string
      /** Narrows what the value may be. */
      readonly schema?: Readonly<Record<string, unknown>>
    }

/** An object of options: every key is known, and an absent object has every default. */
export const section = (
  title: string,
  description: string,
  properties: Readonly<Record<string, Schema>>
): Schema => ({
  type: 'object',
  title,
  description,
  default: {},
  properties,
  additionalProperties: false
})

/** A name that must not be empty, and has no blanks around it. */
export const name: Schema = { type: 'string', minLength: 1, pattern: '^(\\S(.*\\S)?)?$' }

/** A text that must not be empty. */
export const text = (description: string, value: string): Schema => ({
  ...name,
  description,
  default: value
})

/** A whole number within bounds. */
export const count = (
  description: string,
  value: number,
  minimum: number,
  maximum: number
): Schema => ({
  type: 'integer',
  description,
  default: value,
  minimum,
  maximum
})

/** A path from the root. */
export const absolutePath: Schema = { type: 'string', pattern: '^/' }
/** What a certificate can be made for: ASCII alone, since any other spelling would never be found in it again. */
export const hostName: Schema = { type: 'string', pattern: '^[\\w.*:-]+$' }

/** A list of paths from the root; an empty list would guard nothing. */
export const paths = (description: string, value: readonly string[]): Schema => ({
  type: 'array',
  items: absolutePath,
  minItems: 1,
  description,
  default: value
})
