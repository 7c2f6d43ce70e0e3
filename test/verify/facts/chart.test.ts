import t from 'tap'
import type { Get } from '../../../src/cluster/api.ts'
import type { JsonObject } from '../../../src/kubernetes/json.ts'
import { findRelease, readChart } from '../../../src/verify/facts/chart.ts'
import type { FoundConfig } from '../../../src/verify/facts/config.ts'
import { expectation } from '../../../src/verify/judge-webhooks.ts'
import { readChartValues } from '../../../src/verify/objects/expected-objects.ts'
import { defaultConfig } from '../../config/default-config.ts'
import { install, installedObjects, releaseSecret } from '../objects/install.ts'
import { rendered } from '../webhooks/rendered.ts'

const annotations = {
  'meta.helm.sh/release-name': 'guard',
  'meta.helm.sh/release-namespace': 'spiffe-webhook'
}
const own: readonly JsonObject[] = [{ metadata: { name: 'spiffe-webhook', annotations } }]
const deployment = (version: string): JsonObject => ({
  ...installedObjects().get('Deployment'),
  metadata: { labels: { 'app.kubernetes.io/version': version } }
})
const found: FoundConfig = {
  config: defaultConfig,
  installed: { kind: 'seen', value: {} },
  isKnown: true,
  place: {
    namespace: 'spiffe-webhook',
    name: 'spiffe-webhook',
    checksum: 'checksum',
    values: install.values
  }
}

/** An API server that answers every request with this, and what it was asked. */
function answering(status: number, body: unknown): { readonly get: Get; readonly asked: string[] } {
  const asked: string[] = []
  const get: Get = async (path) => {
    asked.push(path)
    return { status, body, time: undefined }
  }
  return { get, asked }
}

await t.test("Helm's record is found by the annotations that Helm writes", async (t) => {
  const objects = [...installedObjects().values()]
  const items = [releaseSecret(objects, 3), releaseSecret(objects, 4), { data: {} }]
  const { get, asked } = answering(200, { items })
  const release = await findRelease(get, own)
  t.match(release, { name: 'guard', revision: 4 })
  t.equal(release?.objects.length, objects.length)
  t.match(decodeURIComponent(asked[0] ?? ''), 'labelSelector=owner=helm,name=guard,status=deployed')
  t.equal(await findRelease(get, [{ metadata: { name: 'by another tool' } }]), undefined)
  t.equal(await findRelease(answering(403, {}).get, own), undefined, 'and is not missed')
})

await t.test('another version is compared by the record alone', async (t) => {
  const { get } = answering(404, {})
  const replicas = {
    kind: 'seen',
    value: { deployment: deployment('9.9.9'), pods: [] }
  } as const
  const program = '1.0.0'
  const none = await readChart(get, found, { release: undefined, replicas, program })
  t.match(none, { other: '9.9.9', objects: [] })
  const webhooks = { mutating: [{ name: 'inject.of-another-version', timeoutSeconds: 7 }] }
  const record = [
    { kind: 'MutatingWebhookConfiguration', metadata: { name: 'x' }, webhooks: webhooks.mutating }
  ]
  const release = await findRelease(answering(200, { items: [releaseSecret(record)] }).get, own)
  const versioned = (version: string): JsonObject => ({
    ...rendered().mutating,
    metadata: { name: 'spiffe-webhook', labels: { 'app.kubernetes.io/version': version } }
  })
  const facts = (version: string): Parameters<typeof expectation>[1] => ({
    mutating: { kind: 'seen', value: [versioned(version)] },
    validating: { kind: 'seen', value: [] }
  })
  t.same(expectation(found, facts('9.9.9'), { release, program })?.mutating, webhooks.mutating)
  t.equal(expectation(found, facts('9.9.9'), { release: undefined, program }), undefined)
  const same = expectation(found, facts(program), { release, program })
  t.match(same?.mutating, [{ name: 'inject.spiffe-webhook.internal', timeoutSeconds: 7 }])
  const byValues = expectation(found, facts(program), { release: undefined, program })
  t.match(byValues?.mutating, [{ timeoutSeconds: 5 }])
})

await t.test('the values in the ConfigMap', async (t) => {
  t.same(readChartValues('image: a:1\ntimeoutSeconds: 5\nadmissionPolicy: true\n'), {
    image: 'a:1',
    timeoutSeconds: 5,
    admissionPolicy: true,
    podDisruptionBudget: false,
    networkPolicy: false
  })
  t.equal(readChartValues(''), undefined)
  t.equal(readChartValues('a: ['), undefined)
})
