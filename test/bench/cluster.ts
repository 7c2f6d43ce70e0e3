/**
 * Entry of `npm run bench:cluster`: pods per second through a real kube-apiserver, by what is asked about them, in turn,
 * in one run. Exits with 1 where a figure is missed.
 */
import type { Cluster } from '../lab/cluster.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { clusterTargets } from './cluster-targets.ts'
import { atLeast, judge } from './figure.ts'
import { heading, inTurn, method, type Results, ratio, row } from './load.ts'
import { prepareCluster } from './prepare-cluster.ts'
import {
  floor,
  injectAlone,
  istio,
  istioFirst,
  none,
  ordinaryElsewhere,
  ordinaryFalse,
  ordinaryNone,
  ordinaryOptedIn,
  ordinarySelected,
  ordinaryWithPolicy,
  type Variant,
  variants,
  withGuard
} from './variants.ts'

async function measure(cluster: Cluster): Promise<Results> {
  await prepareCluster(cluster, variants)
  return inTurn(await clusterTargets(cluster, variants))
}

/** What one takes of the API server's CPU time, of what another takes: above 1 where it takes less. */
const leaner = (results: Results, { name }: Variant, other: Variant): number =>
  ratio(results, other.name, name, 'cpu')

function report(results: Results): void {
  const faster = ({ name }: Variant, other: Variant): number => ratio(results, name, other.name)
  const bytes = ({ pod }: Variant): number => JSON.stringify(pod).length
  console.log(
    `Pods per second through a real API server, dry runs, HTTP/1.1, a token, ${method}; CPU time is the API server's.\n` +
      `A recorded pod with Istio's sidecar has ${bytes(floor)} bytes, without it ${bytes(istioFirst)}.\n`
  )
  console.log(heading('pods/s'))
  for (const { name } of variants) console.log(row(name, results.get(name) ?? []))
  console.log(`\n${'pods/s and CPU time as'.padEnd(52)}  pods/s   CPU`)
  const parts: readonly (readonly [as: string, other: Variant, of: readonly Variant[]])[] = [
    ['a part of the floor', floor, [none, injectAlone, withGuard, istio, istioFirst]],
    [
      'a part of no webhook',
      ordinaryNone,
      [ordinaryElsewhere, ordinaryOptedIn, ordinaryFalse, ordinarySelected, ordinaryWithPolicy]
    ]
  ]
  for (const [as, other, of] of parts) {
    for (const variant of of) {
      const both = [faster(variant, other), leaner(results, variant, other)]
      console.log(
        `${`${as}: ${variant.name}`.padEnd(52)}  ${both.map((part) => part.toFixed(2).padStart(6)).join('')}`
      )
    }
  }
  judge([
    atLeast(
      'by CPU time, /inject as a part of the floor:',
      leaner(results, injectAlone, floor),
      0.93
    ),
    atLeast(
      "by pods/s, times Istio's injector about the same pod: /inject",
      faster(injectAlone, istio),
      2
    ),
    ...[ordinaryElsewhere, ordinaryOptedIn].map((variant) =>
      atLeast(
        `by CPU time, as a part of no webhook: ${variant.name}`,
        leaner(results, variant, ordinaryNone),
        0.96
      )
    )
  ])
}

const cluster = await startCluster()
try {
  report(await measure(cluster))
} finally {
  await cluster.stop()
}
