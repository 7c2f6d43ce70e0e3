import t from 'tap'
import { chartsFolder, outputs } from '../../generate/outputs.ts'

await t.test('the generated files of both charts', async (t) => {
  const files = outputs(chartsFolder)
  const schema = JSON.parse(files.get('workload-api/values.schema.json') ?? '')
  t.match(schema, { title: 'Values of charts/workload-api', additionalProperties: false })
  t.match(files.get('../docs/reference/configuration.md'), '| `guard.scope` | `"optedIn"` |')
  t.match(
    files.get('../docs/reference/metrics.md'),
    '| `spiffe_webhook_decisions_total` | counter |'
  )
})
