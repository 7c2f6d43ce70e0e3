import t from 'tap'
import type { PageData } from '../../src/page/data.ts'
import { page } from '../../src/page/page.ts'

const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'&`

const data = (text: string): PageData => ({
  title: text,
  about: text,
  verdict: { ok: false, text },
  tiles: [{ label: text, value: 1 }],
  checks: [{ name: text, status: 'failed', detail: text }],
  findings: [
    { severity: 'error', reason: text, object: text, message: text, remedies: [text], find: text }
  ],
  unknown: [text],
  table: {
    title: text,
    columns: [text, 'State'],
    groupBy: [0],
    state: 1,
    tones: { [text]: 'bad' },
    notes: { [text]: text },
    rows: [[text, text]]
  }
})

await t.test('no text of the cluster becomes markup', async (t) => {
  const html = page(data(hostile))
  t.equal(html.match(/<script/g)?.length, 2, 'the data block and ours')
  t.equal(html.match(/<\/script>/g)?.length, 2)
  t.notMatch(html, /<img/)
  const block = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1]
  t.same(JSON.parse(block ?? '').rows, [[hostile, hostile]])
  const rest = html.replace(block ?? '', '')
  t.notMatch(rest, /alert\(1\)>|"'&/, 'no attribute is closed early')
})

await t.test('nothing is fetched, and nothing but our own script runs', async (t) => {
  const html = page(data('a'))
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? ''
  t.match(policy, /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+';/)
  t.notMatch(policy, /unsafe|\*/)
  t.notMatch(html, /\b(src|href)=/)
})

await t.test('what is empty is left out', async (t) => {
  const empty = { ...data('a'), checks: [], findings: [], unknown: [] }
  t.notMatch(page(empty), /<h2 id="(checks|findings|unknown)"/)
})
