import type { Svid } from './certificates/svid.ts'
import { type CheckResult, type CheckStatus, statusOf } from './check.ts'
import type { ShownPod } from './pods/shown-pods.ts'
import type { Tally } from './pods/survey.ts'

/** A certificate that was seen, with the serial number that followed it where rotation was watched. */
export interface ShownSvid extends Svid {
  readonly rotatedTo?: string
}

/** Every running pod, and what agent and driver do on each node. */
export interface MeshMap {
  readonly pods: readonly ShownPod[]
  /** Pods beyond what the map keeps. */
  readonly left: number
  /** By the name of a node: `agent ready, CSI driver ready`. */
  readonly nodes: Readonly<Record<string, string>>
}

/** Everything that one run says. */
export interface Report {
  /** Version of this program. */
  readonly program: string
  readonly server: string
  /** gitVersion of the API server, or empty. */
  readonly kubernetes: string
  /** ISO 8601, when the run began. */
  readonly time: string
  /** The one namespace that was asked about; undefined means all. */
  readonly namespace: string | undefined
  /** Labels of the pods that were asked about; undefined means all. */
  readonly selector: string | undefined
  readonly results: readonly CheckResult[]
  /** Pods of each labelled namespace. */
  readonly tallies: ReadonlyMap<string, Tally>
  readonly svids: readonly ShownSvid[]
  /** Absent where the pods could not be read. */
  readonly map?: MeshMap
}

/** The counts of the closing line. */
export interface Summary {
  readonly checks: number
  readonly failed: number
  readonly errors: number
  readonly warnings: number
  /** Checks that did not see everything. */
  readonly notSeen: number
}

/** What was asked about: `namespace sock-shop, pods with app=cart`. */
export function subjectOf({ namespace, selector }: Report): string {
  const where = namespace === undefined ? 'all namespaces' : `namespace ${namespace}`
  return selector === undefined ? where : `${where}, pods with ${selector}`
}

/** Counts what was found. */
export function summarize({ results }: Report): Summary {
  const findings = results.flatMap((result) => result.findings)
  const status = (wanted: CheckStatus): number =>
    results.filter((result) => statusOf(result) === wanted).length
  return {
    checks: results.length,
    failed: status('failed'),
    errors: findings.filter(({ severity }) => severity === 'error').length,
    warnings: findings.filter(({ severity }) => severity === 'warning').length,
    notSeen: results.filter(({ notSeen }) => notSeen.length > 0).length
  }
}

/** Nothing is wrong; `strict` also wants no warning, and every fact seen. */
export function isHealthy(report: Report, strict: boolean): boolean {
  const { errors, warnings, notSeen } = summarize(report)
  return errors === 0 && (!strict || (warnings === 0 && notSeen === 0))
}
