/** A JSON object as it comes off the wire: string keys, nothing known about the values. */
export type JsonObject = { readonly [key: string]: unknown }

/** True for a JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
