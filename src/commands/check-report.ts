import { styleText } from 'node:util'
import { type GuardReason, guardReasons } from '../guard/reasons.ts'

/** One thing found in one object, with its place in the file; lines and columns count from 1. */
export interface Finding {
  readonly file: string
  readonly document: number
  readonly line: number
  readonly column: number
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly field: string
  readonly path: string
  readonly reason: GuardReason
  readonly verdict: 'deny' | 'warn'
  readonly message: string
  readonly remedy: string
}

/** Everything found in one run. */
export interface CheckReport {
  readonly findings: readonly Finding[]
  readonly summary: { readonly objects: number; readonly denied: number; readonly warned: number }
}

/** For a person: one finding a paragraph, and a closing line with the counts. */
export function reportText({ findings, summary }: CheckReport, colours: boolean): string {
  const paint = (format: 'red' | 'yellow' | 'green' | 'dim', text: string): string =>
    colours ? styleText(format, text, { validateStream: false }) : text
  const paragraphs = findings.map((finding) => {
    const { file, line, column, verdict, reason, message, field } = finding
    const word = verdict === 'deny' ? paint('red', 'refused') : paint('yellow', 'warning')
    const where = paint('dim', `${file}:${line}:${column}`)
    return `${where} ${objectName(finding)}\n  ${word} ${reason}: ${message}\n  ${paint('dim', `at ${field}`)}\n`
  })
  const { objects, denied, warned } = summary
  const counts = `${objects} objects: ${denied} findings would be refused, ${warned} warnings`
  return `${paragraphs.join('')}${paint(denied > 0 ? 'red' : 'green', counts)}\n`
}

const objectName = ({ kind, namespace, name }: Finding): string =>
  [kind, namespace, name].filter((part) => part !== '').join('/')

/** For a machine: a stable shape (docs/reference/command-line.md). */
export function reportJson({ findings, summary }: CheckReport): string {
  const stable = findings.map(({ line: _line, column: _column, remedy: _remedy, ...rest }) => rest)
  return `${JSON.stringify({ findings: stable, summary }, null, 2)}\n`
}

/** For code scanning: SARIF 2.1.0 (OASIS), one rule a reason. */
export function reportSarif({ findings }: CheckReport): string {
  const reasons = [...new Set(findings.map(({ reason }) => reason))]
  const rules = reasons.map((reason) => ({
    id: reason,
    shortDescription: { text: guardReasons[reason] },
    help: { text: guardReasons[reason] }
  }))
  const results = findings.map((finding) => ({
    ruleId: finding.reason,
    ruleIndex: reasons.indexOf(finding.reason),
    level: finding.verdict === 'deny' ? 'error' : 'warning',
    message: { text: `${objectName(finding)}: ${finding.message}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: finding.file === '-' ? 'stdin' : finding.file },
          region: { startLine: finding.line, startColumn: finding.column }
        },
        logicalLocations: [{ fullyQualifiedName: `${objectName(finding)}#${finding.field}` }]
      }
    ]
  }))
  const sarif = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'spiffe-webhook', rules } }, results }]
  }
  return `${JSON.stringify(sarif, null, 2)}\n`
}
