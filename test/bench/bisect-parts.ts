/** What is added to the server one after the other: all of them together are the server. */
export const partNames = ['edge', 'decision', 'metrics', 'log'] as const

/** One of them. */
export type PartName = (typeof partNames)[number]

/** What each adds. */
export const parts: Readonly<Record<PartName, string>> = {
  edge: "our limits, connections, reading and answering instead of Fastify's, a constant answer",
  decision: '+ the decision, its patch and the larger answer',
  metrics: '+ metrics',
  log: '+ the log, to /dev/null'
}
