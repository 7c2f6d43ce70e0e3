import { createHash } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { guardReasons } from '../../guard/rules/rules.ts'
import { sentence } from '../../guard/sentences.ts'
import { objectName } from '../../terminal/object-name.ts'
import { programVersion } from '../program-version.ts'
import type { Checked, Finding } from './report.ts'

/** Where a reader learns what to use instead; the rule's own help says what to do in each case. */
const helpUri = 'https://github.com/spiffe/spiffe-csi#readme'

/** High, as code hosts sort it (7.0 to 8.9): a route to the identities of a whole node. */
const severity = '8.8'

/** For code scanning: SARIF 2.1.0 (OASIS sarif-v2.1.0), one rule a reason, all of them listed. */
export function checkSarif({ report: { findings }, faults }: Checked): string {
  const reasons = Object.keys(guardReasons)
  const driver = {
    name: 'spiffe-webhook',
    semanticVersion: programVersion(),
    rules: Object.entries(guardReasons).map(([id, { meaning, remedy }]) => ({
      id,
      name: id,
      shortDescription: { text: meaning },
      fullDescription: { text: meaning },
      help: { text: `${meaning} What to do: ${remedy}.` },
      helpUri,
      defaultConfiguration: { level: 'error' },
      properties: { tags: ['security', 'kubernetes'], 'security-severity': severity }
    }))
  }
  const sarif = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: faults.length === 0,
            toolExecutionNotifications: faults.map((text) => ({
              level: 'error',
              message: { text }
            }))
          }
        ],
        results: findings.map((finding) => resultOf(finding, reasons.indexOf(finding.reason)))
      }
    ]
  }
  return `${JSON.stringify(sarif, null, 2)}\n`
}

function resultOf(finding: Finding, ruleIndex: number): object {
  const { file, line, column, reason, verdict, field } = finding
  return {
    ruleId: reason,
    ruleIndex,
    level: verdict === 'deny' ? 'error' : 'warning',
    message: { text: `${objectName(finding)}: ${sentence(finding)}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: line, startColumn: column }
        },
        logicalLocations: [{ fullyQualifiedName: `${objectName(finding)}#${field}` }]
      }
    ],
    partialFingerprints: { 'objectAndField/v1': fingerprint(finding) }
  }
}

/** The same finding has the same one when lines above it come and go, or its file is renamed. */
function fingerprint({ kind, namespace, name, field, reason, path }: Finding): string {
  const parts = JSON.stringify([kind, namespace, name, field, reason, path])
  return createHash('sha256').update(parts).digest('hex')
}

/** A relative reference stays one, so that a code host finds the file in its checkout. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href
  return file === '-' ? 'stdin' : file.split('/').map(encodeURIComponent).join('/')
}
