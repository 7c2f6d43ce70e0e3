/** One figure: what was measured, and whether it holds. */
export interface Figure {
  readonly what: string
  readonly holds: boolean
}

/** The middle one; of an even number the upper. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** A figure that must reach this much. */
export const atLeast = (what: string, value: number, least: number): Figure => ({
  what: `${what} ${value.toFixed(2)} >= ${least}`,
  holds: value >= least
})

/** A figure that must not exceed this much. */
export const atMost = (what: string, value: number, most: number, digits = 0): Figure => ({
  what: `${what} ${value.toFixed(digits)} <= ${most}`,
  holds: value <= most
})

/** Prints every figure; the process ends with 1 where one is missed. */
export function judge(figures: readonly Figure[]): void {
  for (const { what, holds } of figures) console.log(`${holds ? 'ok    ' : 'MISSED'} ${what}`)
  if (figures.some(({ holds }) => !holds)) process.exitCode = 1
}
