import t from 'tap'
import type { JsonObject } from '../../../src/kubernetes/json.ts'
import {
  checkWebhookReplicas,
  type ReplicaFacts
} from '../../../src/verify/checks/webhook-replicas.ts'

const pod = (name: string, image: string, checksum = 'now'): JsonObject => ({
  metadata: { name, annotations: { 'spiffe-webhook/config-checksum': checksum } },
  spec: { containers: [{ name: 'webhook', image: 'webhook:1' }] },
  status: { containerStatuses: [{ imageID: image }] }
})
const deployment = (ready: number, version = '1.0.0'): JsonObject => ({
  metadata: { labels: { 'app.kubernetes.io/version': version } },
  spec: { replicas: 2 },
  status: { readyReplicas: ready }
})
const facts: ReplicaFacts = {
  namespace: 'spiffe-webhook',
  name: 'spiffe-webhook',
  deployment: deployment(2),
  pods: [pod('a', 'webhook@sha256:1'), pod('b', 'webhook@sha256:1')],
  checksum: 'now',
  program: '1.0.0',
  isCompared: false
}
const told = (change: Partial<ReplicaFacts>): readonly string[] =>
  checkWebhookReplicas({ ...facts, ...change }).findings.map(
    ({ reason, message }) => `${reason} ${message}`
  )

await t.test('two ready replicas of one image pass', async (t) => {
  t.same(told({}), [])
  t.equal(checkWebhookReplicas(facts).detail, '2 of 2 replicas ready, webhook@sha256:1')
  t.same(told({ checksum: undefined }), [], 'a configuration that was not seen is no other one')
})

await t.test('replicas that are not there', async (t) => {
  t.match(told({ deployment: undefined }), [/^ReplicasNotReady there is no Deployment/])
  t.match(told({ deployment: deployment(0) }), [/^ReplicasNotReady 0 of 2 .* nothing answers/])
  t.match(told({ deployment: deployment(1) }), [/^ReplicasMissing 1 of 2 replicas are ready/])
})

await t.test('replicas of several images or configurations', async (t) => {
  const other = [pod('a', 'webhook@sha256:1'), pod('b', 'webhook@sha256:2')]
  t.match(told({ pods: other }), [
    /^ReplicasDiffer .* webhook@sha256:1 in a, webhook@sha256:2 in b$/
  ])
  const old = [pod('a', 'i', 'before'), pod('b', 'i')]
  t.match(told({ pods: old }), [/^ReplicasOutdated 1 of 2 replicas \(a\) started with another/])
  const starting = { metadata: { name: 'c' }, spec: { containers: [{ image: 'webhook:2' }] } }
  t.match(told({ pods: [...facts.pods, starting] }), [/^ReplicasDiffer .* webhook:2 in c$/])
})

await t.test('a chart of another version', async (t) => {
  t.match(told({ deployment: deployment(2, '0.9.0') }), [
    /^VersionSkew the chart is of version 0\.9\.0, this program of 1\.0\.0/
  ])
})
