import { type Format, type Paint, painter, printable } from '../../terminal/paint.ts'
import { plural } from '../../terminal/plural.ts'
import { type CheckResult, type CheckStatus, type NotSeen, statusOf } from '../../verify/check.ts'
import { sumTallies } from '../../verify/checks/pods-on-socket.ts'
import { type Finding, showObject } from '../../verify/finding.ts'
import { type Report, type ShownSvid, subjectOf, summarize } from '../../verify/report.ts'

const words: Readonly<Record<CheckStatus, readonly [string, Format]>> = {
  ok: ['ok', 'green'],
  failed: ['FAILED', 'red'],
  warning: ['warning', 'yellow'],
  notSeen: ['unknown', 'cyan']
}

/**
 * For a person: a table of checks, a paragraph for each finding, and one closing line to paste. Programs in pods,
 * certificates and the API server have their words in it, so what would steer a terminal is written out.
 */
export function verifyText(report: Report, colours: boolean): string {
  const paint = painter(colours)
  const { results, svids } = report
  const findings = results.flatMap((result) => result.findings)
  const shown = [
    ...findings.filter(({ severity }) => severity === 'error'),
    ...findings.filter(({ severity }) => severity === 'warning'),
    ...findings.filter(({ severity }) => severity === 'info')
  ]
  return [
    ...results.map((result) => tableLine(result, paint)),
    ...shown.map((finding) => paragraph(finding, paint)),
    ...notSeenLines(results, paint),
    ...identities(svids, paint),
    '',
    closingLine(report, paint),
    ''
  ].join('\n')
}

function tableLine(result: CheckResult, paint: Paint): string {
  const [word, colour] = words[statusOf(result)]
  return `${paint(colour, word.padEnd(9))}${result.check.padEnd(24)}${result.detail}`
}

function paragraph(finding: Finding, paint: Paint): string {
  const { severity, reason, message, command } = finding
  const colour = severity === 'error' ? 'red' : severity === 'warning' ? 'yellow' : 'dim'
  const opening = `${paint(colour, severity)} ${paint('bold', reason)} ${showObject(finding.object)}`
  return `\n${opening}\n  ${printable(message)}\n  ${paint('dim', '$')} ${command}`
}

function notSeenLines(results: readonly CheckResult[], paint: Paint): readonly string[] {
  const entries = new Map<string, NotSeen & { readonly checks: string[] }>()
  for (const { check, notSeen } of results) {
    for (const entry of notSeen) {
      const key = JSON.stringify(entry)
      const known = entries.get(key) ?? { ...entry, checks: [] }
      known.checks.push(check)
      entries.set(key, known)
    }
  }
  return [...entries.values()].map(
    ({ resource, verb, why, checks }) =>
      `\n${paint('cyan', 'unknown')} ${resource}: needs permission to ${verb} (for ${checks.join(', ')})\n  ${printable(why)}`
  )
}

function identities(svids: readonly ShownSvid[], paint: Paint): readonly string[] {
  if (svids.length === 0) return []
  const lines = svids.map(
    ({ namespace, pod, spiffeId, serialNumber, issuer, notAfter, federated, rotatedTo }) => {
      const serial = rotatedTo === undefined ? serialNumber : `${serialNumber} -> ${rotatedTo}`
      const by = `serial ${serial}, by ${printable(issuer)}, until ${notAfter}`
      const also =
        federated.length === 0 ? '' : `\n    federated with ${federated.map(printable).join(', ')}`
      return `  ${namespace}/${pod}\n    ${printable(spiffeId)}\n    ${paint('dim', by)}${also}`
    }
  )
  return ['', 'Certificates that Envoy holds:', ...lines]
}

function closingLine(report: Report, paint: Paint): string {
  const { checks, failed, errors, warnings, notSeen } = summarize(report)
  const pods = sumTallies([...report.tallies.values()])
  const verdict =
    errors > 0 ? `${failed} of ${checks} checks failed` : `${checks} checks, none failed`
  const counts = [
    plural(errors, 'error'),
    plural(warnings, 'warning'),
    ...(notSeen === 0 ? [] : [`${plural(notSeen, 'check')} incomplete`])
  ]
  const on = `${plural(pods.onSocket, 'pod')} on the Workload API, ${pods.missed + pods.undone + pods.ambient} missed`
  const of = `spiffe-webhook ${report.program}, Kubernetes ${report.kubernetes || 'unknown'} at ${report.server}, ${subjectOf(report)}, ${report.time}`
  return `${paint(errors > 0 ? 'red' : 'green', verdict)}: ${counts.join(', ')}; ${on}; ${of}`
}
