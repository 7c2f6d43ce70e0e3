import { guardReasons } from '../src/guard/rules/rules.ts'
import { injectReasons, type ReasonText } from '../src/inject/reasons.ts'
import { cell, header } from './page.ts'

/** docs/reference/codes.md: every word that inject and the guard can say, by who says it. */
export function reasonsPage(): string {
  return `${header('Reasons')}
One word, everywhere the same: in the pod's annotation \`spiffe-webhook/status\`, in warnings and refusals, audit annotations, the log, the metric
\`spiffe_webhook_decisions_total\`, \`spiffe-webhook inject\` and \`spiffe-webhook check\`.
${section('Inject', injectReasons)}${section('Guard', guardReasons)}`
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
