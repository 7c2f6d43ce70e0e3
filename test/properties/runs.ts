/** How many cases a property gets: FUZZ_RUNS, or what fits into a quick test. fast-check prints the seed of a failure. */
export function runs(weight: number): { readonly numRuns: number } {
  const given = Number(process.env.FUZZ_RUNS ?? 0)
  return { numRuns: given > 0 ? given : Math.ceil(2000 * weight) }
}
