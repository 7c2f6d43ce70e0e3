/**
 * How a guard endpoint treats what it finds; the mode is part of the URL, so the server keeps no state.
 *
 * - `enforce`: labelled namespaces. Host paths are refused, and so is a final pod off the Workload API.
 * - `enforce-host-paths`: everywhere else under scope `cluster`. Host paths are refused.
 * - `warn`: everywhere else under scope `optedIn`. What would be refused is a warning.
 */
export const guardModes = ['enforce', 'enforce-host-paths', 'warn'] as const

/** One of the modes. */
export type GuardMode = (typeof guardModes)[number]

/** The path of the webhook that guards in this mode. */
export const guardPath = (mode: GuardMode): string => `/guard/${mode}`
