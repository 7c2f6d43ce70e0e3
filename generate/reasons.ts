import { guardReasons } from '../src/guard/rules/rules.ts'
import { injectReasons, type ReasonText } from '../src/inject/reasons.ts'
import { verifyReasons } from '../src/verify/reasons.ts'
import { cell, header } from './page.ts'

/** docs/reference/codes.md: every word that inject, the guard and verify can say. */
export function reasonsPage(): string {
  return `${header('Reasons')}
One word, everywhere the same: in the pod's annotation \`spiffe-webhook/status\`, in warnings and refusals, audit annotations, the log, the metric
\`spiffe_webhook_decisions_total\`, \`spiffe-webhook inject\`, \`spiffe-webhook check\` and \`spiffe-webhook verify\`.
${section('Inject', injectReasons)}${section('Guard', guardReasons)}${verifySection()}`
}

/** Only verify has severities: an error fails a run, a warning fails it under --strict, info never does. */
function verifySection(): string {
  const rows = verifyReasons.flatMap(({ severity, reasons }) =>
    Object.entries(reasons).map(
      ([word, { meaning, remedy }]) =>
        `| \`${word}\` | ${severity} | ${cell(meaning)} | ${cell(asSentence(remedy))} |\n`
    )
  )
  return `
## Verify

| reason | severity | what it means | what to do |
| --- | --- | --- | --- |
${rows.join('')}`
}

function section(title: string, reasons: Readonly<Record<string, ReasonText>>): string {
  const rows = Object.entries(reasons).map(
    ([word, { meaning, remedy }]) =>
      `| \`${word}\` | ${cell(meaning)} | ${cell(asSentence(remedy))} |\n`
  )
  return `
## ${title}

| reason | what it means | what to do |
| --- | --- | --- |
${rows.join('')}`
}

const asSentence = (remedy: string): string =>
  remedy === '' ? '–' : `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.`
