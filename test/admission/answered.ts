import type { Outcome } from '../../src/admission/review.ts'

/** The answer of an outcome that must have one. */
export function answered(outcome: Outcome): Extract<Outcome, { kind: 'answered' }> {
  if (outcome.kind !== 'answered') throw new Error(`no answer: ${outcome.message}`)
  return outcome
}
