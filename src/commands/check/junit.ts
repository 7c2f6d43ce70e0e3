import { sentence } from '../../guard/sentences.ts'
import { objectName } from '../../terminal/object-name.ts'
import type { Checked, Finding } from './report.ts'

/**
 * For a test report: one case for each object with findings, a failure where it would be refused, and one case that
 * says whether everything could be read (the format that Jenkins' junit plugin describes and GitLab reads).
 */
export function checkJunit({ report, faults }: Checked): string {
  const objects = Map.groupBy(report.findings, (finding) =>
    JSON.stringify([finding.file, finding.document, objectName(finding)])
  )
  const cases = [readCase(faults), ...[...objects.values()].map(objectCase)]
  const failures = [...objects.values()].filter((found) => found.some(isRefusal)).length
  const counts = `tests="${cases.length}" failures="${failures}" errors="${faults.length > 0 ? 1 : 0}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `<testsuite name="spiffe-webhook check" ${counts}>`,
    ...cases,
    '</testsuite>',
    '</testsuites>',
    ''
  ].join('\n')
}

const isRefusal = ({ verdict }: Finding): boolean => verdict === 'deny'

function readCase(faults: readonly string[]): string {
  const name = '<testcase classname="manifests" name="every manifest can be read"'
  if (faults.length === 0) return `${name}/>`
  const message = `${faults.length} could not be read`
  return `${name}><error message="${message}">${xml(faults.join('\n'))}</error></testcase>`
}

function objectCase(findings: readonly Finding[]): string {
  const [first] = findings
  if (first === undefined) return ''
  const refusals = findings.filter(isRefusal)
  const warnings = findings.filter((finding) => !isRefusal(finding))
  const opening = `<testcase classname="${xml(first.file)}" name="${xml(objectName(first))}" file="${xml(first.file)}">`
  const failure = refusals.length === 0 ? '' : failureOf(refusals)
  const output =
    warnings.length === 0 ? '' : `<system-out>${xml(warnings.map(lineOf).join('\n'))}</system-out>`
  return `${opening}${failure}${output}</testcase>`
}

function failureOf(refusals: readonly Finding[]): string {
  const reasons = [...new Set(refusals.map(({ reason }) => reason))].join(', ')
  return `<failure type="refused" message="${xml(reasons)}">${xml(refusals.map(lineOf).join('\n'))}</failure>`
}

const lineOf = (finding: Finding): string =>
  `${finding.file}:${finding.line}:${finding.column}: ${finding.reason}: ${sentence(finding)}`

/** Characters that XML 1.0 cannot hold, not even escaped (rule Char), are replaced. */
const forbidden = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu

const xml = (text: string): string =>
  text
    .replaceAll(forbidden, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
