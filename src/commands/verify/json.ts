import { statusOf } from '../../verify/check.ts'
import { isHealthy, type Report, summarize } from '../../verify/report.ts'

/** For a machine: a stable shape (docs/guides/verify.md). */
export function verifyJson(report: Report): string {
  const { program, server, kubernetes, time, namespace, selector, results, tallies, svids } = report
  const json = {
    healthy: isHealthy(report, false),
    program,
    cluster: { server, version: kubernetes },
    time,
    namespace: namespace ?? null,
    selector: selector ?? null,
    checks: results.map((result) => ({
      check: result.check,
      status: statusOf(result),
      detail: result.detail
    })),
    findings: results.flatMap(({ check, findings }) =>
      findings.map(({ reason, severity, object, message, command }) => ({
        check,
        reason,
        severity,
        kind: object.kind,
        namespace: object.namespace ?? '',
        name: object.name,
        message,
        command
      }))
    ),
    notSeen: results.flatMap(({ check, notSeen }) => notSeen.map((entry) => ({ check, ...entry }))),
    pods: [...tallies].map(([name, tally]) => ({ namespace: name, ...tally })),
    certificates: svids.map((svid) => ({ rotatedTo: null, ...svid })),
    summary: summarize(report)
  }
  return `${JSON.stringify(json, null, 2)}\n`
}
