/** A time in which failures are expected, in milliseconds since the epoch. */
export interface Incident {
  /** A replica was killed and is still an endpoint, or the API server was being restarted. */
  readonly what: 'killed' | 'restarted'
  readonly from: number
  /** Infinity while it lasts. */
  to: number
}

/** One request that was not answered with 201. */
export interface Failure {
  readonly began: number
  readonly ended: number
  /** 0 for a connection that broke. */
  readonly code: number
  readonly message: string
}

/**
 * What became of a failed request: refused in the moment that decision 71 explains, not taken by an API server that was
 * going or coming, or lost.
 */
export type Outcome = 'refused' | 'away' | 'lost'

/** A call that was under way when the endpoint was removed may end later, by this many milliseconds. */
const grace = 500

/** Only the webhook's own silence is explained by a killed replica, anything by an API server that was restarted. */
export function outcomeOf(failure: Failure, incidents: readonly Incident[]): Outcome {
  const during = (what: Incident['what']): boolean =>
    incidents.some(
      (incident) =>
        incident.what === what &&
        failure.ended >= incident.from &&
        failure.began <= incident.to + grace
    )
  if (during('restarted')) return 'away'
  const unreached = failure.code === 500 && /failed calling webhook/.test(failure.message)
  return unreached && during('killed') ? 'refused' : 'lost'
}

/** The memory of one process at one time, in MiB. */
export interface Sample {
  readonly minute: number
  readonly admitted: number
  readonly resident: number
  readonly heap: number
}

/** The least of a quarter of the samples: what was left after the collector had run. */
const least = (samples: readonly Sample[], column: 'resident' | 'heap'): number =>
  Math.min(...samples.map((sample) => sample[column]))

/** By how much memory grew from the second quarter, when a server is warm, to the last one, as a factor. */
export function growth(samples: readonly Sample[], column: 'resident' | 'heap'): number {
  const quarter = Math.floor(samples.length / 4)
  if (quarter === 0) return 1
  return least(samples.slice(-quarter), column) / least(samples.slice(quarter, 2 * quarter), column)
}
