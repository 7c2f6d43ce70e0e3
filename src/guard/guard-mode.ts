/** How a guard endpoint treats what it finds; the mode is part of the URL, so the server keeps no state. */
export type GuardMode =
  /** `/guard/enforce`: opted-in namespaces. Host paths are refused, and so is a final pod off the Workload API. */
  | 'enforce'
  /** `/guard/enforce-host-paths`: everywhere else under scope `cluster`. Host paths are refused. */
  | 'enforce-host-paths'
  /** `/guard/warn`: everywhere else under scope `optedIn`. What would be refused is a warning. */
  | 'warn'
