import { countValues } from './count-values.ts'
import type { Refusal } from './read-body.ts'

/**
 * Values of one body. JSON.parse takes up to 160 bytes for each, which would cost a pod its memory
 * (docs/decisions/0184); two ordinary pods of 3 MiB stay below.
 */
export const mostValues = 400_000

/** A JSON value, or why it is none. */
export type Parsed = { readonly value: unknown } | { readonly refusal: Refusal }

/**
 * Plain JSON.parse: a key `__proto__` becomes an own property, which nothing here copies, and reaches the guard,
 * whose refusal names it.
 */
export function parseBody(body: Buffer): Parsed {
  const text = body.toString()
  if (text.length > mostValues && countValues(text) > mostValues) {
    return { refusal: { code: 413, message: `the body holds more than ${mostValues} values` } }
  }
  try {
    return { value: JSON.parse(text) }
  } catch {
    return { refusal: { code: 400, message: 'the body is not JSON: send an AdmissionReview' } }
  }
}
