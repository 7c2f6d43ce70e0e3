import t from 'tap'
import { chartsFolder, outputs } from '../../generate/outputs.ts'

await t.test('the generated files of both charts', async (t) => {
  const files = outputs(chartsFolder)
  t.same(
    [...files.keys()],
    [
      'spiffe-webhook/values.yaml',
      'spiffe-webhook/values.schema.json',
      'spiffe-webhook/README.md',
      'workload-api/values.yaml',
      'workload-api/values.schema.json',
      'workload-api/README.md',
      'spiffe-webhook/templates/_contradictions.tpl',
      '../src/config/config.ts',
      'spiffe-webhook/files/validating-admission-policy.yaml',
      '../docs/reference/codes.md',
      '../docs/reference/configuration.md',
      '../docs/reference/metrics.md',
      '../docs/runbooks/README.md'
    ]
  )
  const schema = JSON.parse(files.get('workload-api/values.schema.json') ?? '')
  t.match(schema, { title: 'Values of charts/workload-api', additionalProperties: false })
  t.match(files.get('../docs/reference/configuration.md'), '| `guard.scope` | `"optedIn"` |')
  t.match(
    files.get('../docs/reference/metrics.md'),
    '| `spiffe_webhook_decisions_total` | counter |'
  )
})
