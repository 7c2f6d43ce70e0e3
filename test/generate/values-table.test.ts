import t from 'tap'
import { readValues } from '../../generate/read-values.ts'
import { withValuesTable } from '../../generate/values-table.ts'

const values = readValues('# -- This | that.\na: "|"\nb:\n  # -- Count.\n  c: 1\n')
const opening = '<!-- values: generated from values.yaml by npm run generate -->'
const closing = '<!-- /values -->'

await t.test('the table stands between its marks, and again when generated again', async (t) => {
  const first = withValuesTable(`Before\n${opening}\nold\n${closing}\nAfter\n`, values)
  t.equal(
    first,
    `Before
${opening}
| Value | Default | Meaning |
| --- | --- | --- |
| \`a\` | \`"\\|"\` | This \\| that. |
| \`b.c\` | \`1\` | Count. |
${closing}
After
`
  )
  t.equal(withValuesTable(first, values), first)
})

await t.test('a README without the marks is a fault', async (t) => {
  for (const readme of ['none', opening, closing]) {
    t.throws(() => withValuesTable(readme, values), { message: /the README lacks/ })
  }
})
