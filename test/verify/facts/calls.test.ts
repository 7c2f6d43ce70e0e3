import t from 'tap'
import { checkWebhookCalls } from '../../../src/verify/checks/webhook-calls.ts'
import { countCalls, readCalls } from '../../../src/verify/facts/calls.ts'

const [enforce, warn] = [
  'enforce-pods.spiffe-webhook.internal',
  'warn-pods.spiffe-webhook.internal'
]
/** As a kube-apiserver of 1.37 writes them. */
const metrics = `# HELP apiserver_admission_webhook_fail_open_count [ALPHA] Admission webhook fail open count
# TYPE apiserver_admission_webhook_fail_open_count counter
apiserver_admission_webhook_fail_open_count{name="${enforce}",type="validating"} 2
apiserver_admission_webhook_fail_open_count{name="${warn}",type="validating"} 5
apiserver_admission_webhook_fail_open_count{name="other.example.com",type="validating"} 9
apiserver_admission_webhook_rejection_count{error_type="calling_webhook_error",name="${enforce}",operation="CREATE",rejection_code="0",type="validating"} 3
apiserver_admission_webhook_rejection_count{error_type="calling_webhook_error",name="${enforce}",operation="UPDATE",rejection_code="0",type="validating"} 1
apiserver_admission_webhook_rejection_count{error_type="no_error",name="${enforce}",operation="CREATE",rejection_code="403",type="validating"} 70
apiserver_request_total{name="${enforce}"} 1
`
const answering = (status: number, body: unknown) => async () => ({ status, body, time: undefined })
const entry = (
  name: string,
  path: string
): Parameters<typeof checkWebhookCalls>[0]['entries'][0] => ({
  configuration: 'spiffe-webhook',
  name,
  path,
  webhook: { clientConfig: { service: { namespace: 'guard' } } }
})
const entries = [entry(enforce ?? '', '/guard/enforce'), entry(warn ?? '', '/guard/warn')]

await t.test('what the API server counted of our webhooks', async (t) => {
  t.same(countCalls(metrics, [enforce ?? '', warn ?? '']), [
    { name: enforce, failed: 4, letThrough: 2 },
    { name: warn, failed: 0, letThrough: 5 }
  ])
})

await t.test('refusals of a webhook are no failures, and warnings may fail open', async (t) => {
  const told = (text: string) =>
    checkWebhookCalls({ entries, calls: countCalls(text, [enforce ?? '', warn ?? '']) })
  const { detail, findings } = told(metrics)
  t.equal(
    detail,
    'since this API server started: 4 requests refused and 7 let through because no replica answered'
  )
  t.same(
    findings.map(({ reason, severity, message }) => `${severity} ${reason} ${message}`),
    [
      `warning CallsFailedOpen ${enforce} got no answer for 2 requests, which were let through: what they created was not judged`,
      `info CallsFailed ${enforce} got no answer for 4 requests, which were refused`
    ]
  )
  t.same(told('').findings, [])
})

await t.test('who may not read them is told once, and who has none is not', async (t) => {
  t.match(await readCalls(answering(403, { message: 'it is forbidden' }), []), {
    notSeen: { resource: '/metrics', verb: 'get', why: 'it is forbidden' }
  })
  t.same(await readCalls(answering(404, {}), []), { kind: 'seen', value: undefined })
  t.match(checkWebhookCalls({ entries, calls: undefined }), {
    detail: 'this API server shows no metrics',
    findings: []
  })
  t.match(await readCalls(answering(200, metrics), [enforce ?? '']), { value: [{ failed: 4 }] })
})
