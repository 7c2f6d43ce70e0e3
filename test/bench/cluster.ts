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
  ordinaryNone,
  ordinaryOptedIn,
  type Variant,
  variants,
  withGuard
} from './variants.ts'

async function measure(cluster: Cluster): Promise<Results> {
  await prepareCluster(cluster, variants)
  return inTurn(await clusterTargets(cluster, variants))
}

function report(results: Results): void {
  const between = ({ name }: Variant, other: Variant): number => ratio(results, name, other.name)
  const bytes = ({ pod }: Variant): number => JSON.stringify(pod).length
  console.log(
    `Pods per second through a real API server, dry runs, HTTP/1.1, a token, ${method}; CPU time is the API server's.\n` +
      `A recorded pod with Istio's sidecar has ${bytes(floor)} bytes, without it ${bytes(istioFirst)}.\n`
  )
  console.log(heading('pods/s'))
  for (const { name } of variants) console.log(row(name, results.get(name) ?? []))
  console.log()
  for (const variant of [withGuard, none, istio, istioFirst]) {
    console.log(`       x the floor: ${variant.name} ${between(variant, floor).toFixed(2)}`)
  }
  judge([
    atLeast('x the floor: /inject', between(injectAlone, floor), 0.93),
    atLeast("x Istio's injector about the same pod: /inject", between(injectAlone, istio), 2),
    // Meant is 1.0 x: the rest is what two runs of the same differ by.
    ...[ordinaryElsewhere, ordinaryOptedIn].map((variant) =>
      atLeast(`x no webhook: ${variant.name}`, between(variant, ordinaryNone), 0.95)
    )
  ])
}

const cluster = await startCluster()
try {
  report(await measure(cluster))
} finally {
  await cluster.stop()
}
