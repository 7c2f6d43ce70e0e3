import type { DecisionRecord } from '../admission/review.ts'
import { guardReasons, rules } from '../guard/rules/rules.ts'

/** One series of `spiffe_webhook_decisions_total`. */
export type Series = readonly [
  endpoint: string,
  decision: DecisionRecord['decision'],
  reason: string
]

/** The paths of the webhooks. */
export const endpoints = [
  '/inject',
  '/guard/enforce',
  '/guard/enforce-host-paths',
  '/guard/warn'
] as const

/** HTTP status codes of requests that are not answered with a review. */
export const rejectionCodes = [400, 404, 405, 408, 413, 415, 429, 431, 500] as const

/** The kinds of configurations whose caBundles are kept. */
export const configurations = ['mutating', 'validating'] as const

const injectSeries: readonly Series[] = [
  ['/inject', 'injected', 'Injected'],
  ['/inject', 'injected', 'AlreadyInjected'],
  ['/inject', 'injected', 'RepairedTemplate'],
  ['/inject', 'skipped', 'NoIstioProxy'],
  ['/inject', 'skipped', 'OptedOut'],
  ['/inject', 'skipped', 'ProxylessGrpc'],
  ['/inject', 'refused', 'InPodAgent'],
  ['/inject', 'refused', 'UserVolumeConflict'],
  ['/inject', 'refused', 'MountPathConflict'],
  ['/inject', 'refused', 'BrokenInjection'],
  ['/inject', 'refused', 'AppContainerNotFound'],
  ['/inject', 'refused', 'Malformed']
]

/** Never a reason to refuse. */
const onlyWarned: ReadonlySet<string> = new Set([
  'CsiVolumeWritable',
  'IstioUserVolume',
  'MirrorPod',
  'OptedOut',
  'ProxylessGrpc',
  'StorageClassPath'
])

/** What the rule on the final pod says, which `/guard/enforce` alone applies. */
const ofFinalPod: ReadonlySet<string> = new Set(
  rules.flatMap(({ about, reasons }) => (about === 'finalPod' ? Object.keys(reasons) : []))
)

function guardSeries(): readonly Series[] {
  const reasons = Object.keys(guardReasons)
  return endpoints.slice(1).flatMap((endpoint) => {
    const applied = reasons.filter((word) => endpoint === '/guard/enforce' || !ofFinalPod.has(word))
    const refused = applied.filter((word) => endpoint !== '/guard/warn' && !onlyWarned.has(word))
    // The API server sends whole reviews even to /guard/warn; a body that is none is refused there as well.
    const malformed = endpoint === '/guard/warn' ? (['Malformed'] as const) : []
    return [
      [endpoint, 'allowed', ''] as const,
      ...applied.map((reason) => [endpoint, 'warned', reason] as const),
      ...[...refused, ...malformed].map((reason) => [endpoint, 'refused', reason] as const)
    ]
  })
}

/** Every decision that can be counted: each is 0 from the start, so that `increase()` sees the first event. */
export const decisionSeries: readonly Series[] = [...injectSeries, ...guardSeries()]
