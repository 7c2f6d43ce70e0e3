import { createHash } from 'node:crypto'
import { script, style } from './assets.ts'
import type { PageCheck, PageData, PageFinding, PageTable } from './data.ts'

const hash = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Our own style and script, by their hashes; nothing is fetched, nothing is sent, nothing else runs. */
const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`

/**
 * One self-contained HTML page: it needs no network, and every text of the cluster is escaped. The table is in a data block,
 * from which the script draws rows and map.
 */
export function page(data: PageData): string {
  const { title, about, verdict, tiles, checks, findings, table, unknown } = data
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<p class="about">${escaped(about)}</p>
</header>
<main>
<p class="verdict${verdict.ok ? ' ok' : ''}">${escaped(verdict.text)}</p>
<dl class="tiles">
${tiles.map(({ label, value }) => `<div><dt>${escaped(label)}</dt><dd>${value}</dd></div>`).join('\n')}
</dl>
${checksSection(checks)}${findingsSection(findings)}${unknownSection(unknown)}${tableSection(table)}</main>
<script type="application/json" id="data">${dataBlock(table)}</script>
<script>${script}</script>
</body>
</html>
`
}

/** Text in HTML, in attributes too. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** No `<` ends the data block before its time. */
const dataBlock = (table: PageTable): string => JSON.stringify(table).replaceAll('<', '\\u003c')

const marks: Readonly<Record<PageCheck['status'], readonly [string, string]>> = {
  ok: ['ok', 'good'],
  failed: ['failed', 'bad'],
  warning: ['warning', 'kept'],
  unknown: ['unknown', 'other']
}

function checksSection(checks: readonly PageCheck[]): string {
  if (checks.length === 0) return ''
  const rows = checks.map(({ name, status, detail }) => {
    const [word, tone] = marks[status]
    return `<tr><td><span class="state ${tone}">${word}</span></td><th scope="row">${escaped(name)}</th><td>${escaped(detail)}</td></tr>`
  })
  return `<section aria-labelledby="checks">
<h2 id="checks">Checks</h2>
<table class="checks">
<thead><tr><th scope="col">Verdict</th><th scope="col">Check</th><th scope="col">What was checked</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</section>
`
}

function findingsSection(findings: readonly PageFinding[]): string {
  if (findings.length === 0) return ''
  return `<section aria-labelledby="findings">
<h2 id="findings">Findings</h2>
<ul class="findings">
${findings.map(finding).join('\n')}
</ul>
</section>
`
}

function finding({ severity, reason, object, message, remedies, find }: PageFinding): string {
  const button =
    find === ''
      ? ''
      : `<button type="button" data-find="${escaped(find)}">Show in the table<span class="note"> (${escaped(object)})</span></button>`
  const texts = remedies.map((text) => `<pre>${escaped(text)}</pre>`)
  return `<li class="${severity}"><strong>${severity}: ${escaped(reason)}</strong> ${escaped(object)}<p>${escaped(message)}</p>${texts.join('')}${button}</li>`
}

function unknownSection(unknown: readonly string[]): string {
  if (unknown.length === 0) return ''
  return `<section aria-labelledby="unknown">
<h2 id="unknown">Unknown</h2>
<ul>
${unknown.map((text) => `<li>${escaped(text)}</li>`).join('\n')}
</ul>
</section>
`
}

function tableSection({ title, columns, groupBy, state, rows }: PageTable): string {
  const words = [...new Set(rows.map((row) => row[state] ?? ''))].toSorted()
  const states = words.map((word) => `<option>${escaped(word)}</option>`).join('')
  const groups = groupBy.map(
    (column) => `<option value="${column}">${escaped(columns[column] ?? '')}</option>`
  )
  const heads = columns.map((column) => `<th scope="col">${escaped(column)}</th>`).join('')
  return `<section id="table" aria-labelledby="rows-title">
<h2 id="rows-title">${escaped(title)}</h2>
<div class="controls">
<label>Search<br><input id="search" type="search" autocomplete="off" spellcheck="false"></label>
<label>${escaped(columns[state] ?? '')}<br><select id="state"><option value="">all</option>${states}</select></label>
<label>Map by<br><select id="group">${groups.join('')}</select></label>
</div>
<p id="count" role="status"></p>
<ul id="map" aria-label="Map"></ul>
<table>
<thead><tr>${heads}</tr></thead>
<tbody id="rows"></tbody>
</table>
<p><button type="button" id="more" hidden>Show more</button></p>
<noscript><p>The table needs JavaScript; everything above does not.</p></noscript>
</section>
`
}
