import { X509Certificate } from 'node:crypto'
import t from 'tap'
import type { Get } from '../../../src/cluster/api.ts'
import { withReplicas } from '../../../src/verify/checks/replica-certificates.ts'
import { readReplicaCertificates } from '../../../src/verify/facts/replica-certificates.ts'
import { make } from '../certificates/authority.ts'

const ca = await make({ name: 'ca', isCa: true })
const leaf = await make({ name: 'leaf', names: ['a.b.svc'], by: ca })
const { validFromDate, validToDate } = new X509Certificate(leaf.cert)
const metrics = (from: number, to: number): string =>
  `spiffe_webhook_certificate_not_before_timestamp_seconds ${from}\nspiffe_webhook_certificate_not_after_timestamp_seconds ${to}\n`
const right = metrics(validFromDate.getTime() / 1000, validToDate.getTime() / 1000)
const pod = (name: string, status = 'True'): object => ({
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status }] }
})
const pods = [pod('webhook-a'), pod('webhook-b'), pod('webhook-c', 'False')] as never[]
const place = { namespace: 'guard', name: 'spiffe-webhook' }
const result = { check: 'ca-bundle', detail: 'checked', findings: [], notSeen: [] } as const
const serving = {
  kind: 'seen',
  pem: leaf.cert,
  from: 'the certificate in Secret guard/tls'
} as const
const facts = [{ side: 'MutatingWebhookConfiguration', entry: {} as never, serving }] as const

const told = async (replies: Readonly<Record<string, unknown>>, status = 200) => {
  const get: Get = async (path) => {
    const name = Object.keys(replies).find((one) =>
      path.startsWith(`/api/v1/namespaces/guard/pods/${one}:8080/proxy/metrics`)
    )
    return { status, body: replies[name ?? ''], time: undefined }
  }
  return withReplicas(result, facts, await readReplicaCertificates(get, place, pods, 8080))
}

await t.test('every ready replica serves the certificate of the Secret', async (t) => {
  t.match(await told({ 'webhook-a': right, 'webhook-b': right }), {
    detail: 'checked, which 2 of 2 replicas serve',
    findings: []
  })
})

await t.test('a replica with an old certificate is named', async (t) => {
  const old = metrics(1000, validToDate.getTime() / 1000 - 3600)
  const { detail, findings } = await told({ 'webhook-a': right, 'webhook-b': old })
  t.equal(detail, 'checked, which 1 of 2 replicas serve')
  t.match(findings, [
    {
      reason: 'ReplicaCertificateDiffers',
      message:
        /^replica webhook-b serves a certificate of 1970-01-01T00:16:40.000Z until .*, not the certificate in Secret guard\/tls \(of .*\)$/,
      command: 'kubectl --namespace guard delete pod webhook-b'
    }
  ])
  const [from, to] = [validFromDate.getTime() / 1000, validToDate.getTime() / 1000]
  for (const other of [metrics(from, to - 60), metrics(from - 60, to)]) {
    t.equal((await told({ 'webhook-a': right, 'webhook-b': other })).findings.length, 1)
  }
  const { findings: silent } = await told({ 'webhook-a': right, 'webhook-b': 'nothing' })
  t.same(silent, [], 'a replica that cannot be reached is not accused')
})

await t.test('who may not ask the replicas learns nothing of them', async (t) => {
  t.same(await told({}, 403), result)
  const gone: Get = async () => Promise.reject(new Error('no answer within 3 s'))
  t.same(
    withReplicas(result, facts, await readReplicaCertificates(gone, place, pods, 8080)),
    result
  )
})
