import { atLeast, atMost, judge } from '../bench/figure.ts'
import type { Callers } from './callers.ts'
import type { Disturbance } from './disturb.ts'
import { growth, type Incident, type Outcome, outcomeOf } from './outcome.ts'
import type { ReplicaMetrics } from './replica-metrics.ts'
import type { Settings } from './settings.ts'

/** All that a soak came to. */
export interface Report extends Disturbance {
  readonly settings: Settings
  readonly seconds: number
  readonly callers: Callers
  readonly incidents: readonly Incident[]
  /** The steady replica at the end. */
  readonly last: ReplicaMetrics
}

/** Prints it, and makes the process end with 1 where something was lost or grew, or did not happen at all. */
export function report(all: Report): void {
  const { settings, seconds, callers, incidents, samples, last, lostLines } = all
  const counts: Record<Outcome, number> = { refused: 0, away: 0, lost: 0 }
  for (const failure of callers.failures) {
    const outcome = outcomeOf(failure, incidents)
    counts[outcome]++
    if (outcome === 'lost' && counts.lost <= 10) console.log(JSON.stringify(failure))
  }
  const number = (what: Incident['what']): number =>
    incidents.filter((incident) => incident.what === what).length
  printTable([
    ['admitted', `${callers.admitted()} in ${seconds.toFixed(0)} s`],
    ['admitted as they were sent', callers.unmoved()],
    ['refused between a SIGKILL and the removal of its endpoint', counts.refused],
    ['not taken by an API server that was being restarted', counts.away],
    ['lost', counts.lost],
    ['replicas killed', number('killed')],
    ['restarts of the API server', number('restarted')],
    ['certificates that replaced another', last.rotations],
    ['lines of the log lost to a full disk', lostLines],
    [
      "a replica's clock, seconds at its worst",
      `${all.behind.toFixed(1)} to +${all.ahead.toFixed(1)}`
    ]
  ])
  console.log('\n| minute | admitted | resident MiB | heap MiB |\n| --- | --- | --- | --- |')
  const every = Math.max(1, Math.floor(samples.length / 10))
  for (const [index, { minute, admitted, resident, heap }] of samples.entries()) {
    if (index % every > 0) continue
    console.log(
      `| ${minute.toFixed(1)} | ${admitted} | ${resident.toFixed(0)} | ${heap.toFixed(0)} |`
    )
  }
  console.log()
  judge([
    atMost('lost', counts.lost, 0),
    atMost('admitted as they were sent', callers.unmoved(), 0),
    atMost('growth of resident memory', growth(samples, 'resident'), 1.25, 2),
    atMost('growth of the heap', growth(samples, 'heap'), 1.25, 2),
    atLeast('replicas killed', number('killed'), seconds > 2 * settings.killEvery ? 1 : 0),
    atLeast('restarts of the API server', number('restarted'), settings.restarts),
    atLeast('certificates', last.rotations, Math.floor(seconds / settings.leafLifetime / 2)),
    // Some 700 lines fit into memory, and half of the reviews are this replica's.
    atLeast(
      'lines lost to a full disk',
      lostLines,
      callers.admitted() > 4000 * number('killed') ? 1 : 0
    ),
    atLeast('seconds ahead', all.ahead, settings.skew / 2),
    atLeast('seconds behind', -all.behind, settings.skew / 2)
  ])
}

function printTable(rows: readonly (readonly [what: string, value: string | number])[]): void {
  console.log('| what | |\n| --- | --- |')
  for (const [what, value] of rows) console.log(`| ${what} | ${value} |`)
}
