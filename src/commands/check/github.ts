import { sentence } from '../../guard/sentences.ts'
import { objectName } from '../../terminal/object-name.ts'
import type { Checked, Finding } from './report.ts'
import { countsText } from './text.ts'

/**
 * For a job of GitHub Actions: one workflow command for each finding, which GitHub shows beside the line (at most ten
 * of each kind for each step), and the counts. Escapes as actions/toolkit does (packages/core/src/command.ts).
 */
export function checkGithub(checked: Checked): string {
  const { report, faults } = checked
  return [
    ...report.findings.map(findingCommand),
    ...faults.map((fault) => `::error title=not readable::${data(fault)}`),
    countsText(checked),
    ''
  ].join('\n')
}

function findingCommand(finding: Finding): string {
  const { file, line, column, reason, verdict } = finding
  const properties = Object.entries({ file, line, col: column, title: reason })
    .filter(([key]) => file !== '-' || key === 'title')
    .map(([key, value]) => `${key}=${property(String(value))}`)
  const command = verdict === 'deny' ? 'error' : 'warning'
  return `::${command} ${properties.join(',')}::${data(`${objectName(finding)}: ${sentence(finding)}`)}`
}

const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
