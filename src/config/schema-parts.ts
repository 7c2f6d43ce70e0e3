/** A JSON Schema (draft-07, as ajv reads it), as far as it is used here. */
export interface Schema {
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

/** An object of options: every key is known, and an absent object has every default. */
export const section = (
  description: string,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = []
): Schema => ({
  type: 'object',
  description,
  default: {},
  properties,
  required,
  additionalProperties: false
})

/** A text that must not be empty. */
export const text = (description: string, value: string): Schema => ({
  type: 'string',
  minLength: 1,
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
/** A name that must not be empty. */
export const name: Schema = { type: 'string', minLength: 1 }

/** What a certificate can be made for: ASCII alone, since any other spelling would never be found in it again. */
export const hostName: Schema = { type: 'string', pattern: '^[\\w.*:-]+$' }

/** A list of paths from the root. */
export const paths = (description: string, value: readonly string[]): Schema => ({
  type: 'array',
  items: absolutePath,
  description,
  default: value
})
