import { sentence } from '../../guard/sentences.ts'
import type { Checked } from './report.ts'

/** For a machine: a stable shape, these keys in this order. */
export function checkJson({ report: { findings, summary, patterns } }: Checked): string {
  const stable = findings.map(
    ({ line: _line, column: _column, what, remedy, cure, foundBy, ...rest }) => ({
      ...rest,
      message: sentence({ what, remedy }),
      exemption: cure?.exemption ?? null,
      foundBy
    })
  )
  return `${JSON.stringify({ findings: stable, summary, patterns }, null, 2)}\n`
}
