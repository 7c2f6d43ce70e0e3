import { guardModes, guardPath } from '../guard/guard-mode.ts'
import { injectEntry } from '../inject/entry.ts'
import type { Admission, Outcome } from './review.ts'

/** What an endpoint does with the body of a request. */
export type Decide = (admission: Admission, body: unknown) => Outcome

/** The webhooks by their path; the mode of a guard is in its path, so the server keeps no state. */
export const endpoints: Readonly<Record<string, Decide>> = {
  [injectEntry.path]: (admission, body) => admission.inject(body),
  ...Object.fromEntries(
    guardModes.map((mode): [string, Decide] => [
      guardPath(mode),
      (admission, body) => admission.guard(mode, body)
    ])
  )
}

/** The path of a request's URL: API servers add `?timeout=…` to it (apiserver pkg/admission/plugin/webhook). */
export function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}
