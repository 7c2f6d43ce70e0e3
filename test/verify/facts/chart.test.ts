import t from 'tap'
import type { Get } from '../../../src/cluster/api.ts'
import type { JsonObject } from '../../../src/kubernetes/json.ts'
import { checkChartObjects } from '../../../src/verify/checks/chart-objects.ts'
import { findRelease, matchingRelease, readChart } from '../../../src/verify/facts/chart.ts'
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

const none = { release: undefined, stale: undefined }

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
  const { release } = await findRelease(get, own)
  t.match(release, { name: 'guard', revision: 4 })
  t.equal(release?.objects.length, objects.length)
  t.match(
    new URL(`http://x${asked[0]}`).searchParams.get('labelSelector'),
    /^owner=helm,name=guard,status in \(deployed,failed,/
  )
  t.same(await findRelease(get, [{ metadata: { name: 'by another tool' } }]), none)
  t.same(await findRelease(answering(403, {}).get, own), none, 'and is not missed')
})

await t.test("Helm's record is used only where it says what is installed", async (t) => {
  const objects = [...installedObjects().values()]
  const newest = async (secret: JsonObject): ReturnType<typeof findRelease> =>
    findRelease(answering(200, { items: [secret, releaseSecret(objects, 3)] }).get, own)
  for (const status of ['pending-upgrade', 'pending-rollback', 'failed']) {
    t.same(await newest(releaseSecret(objects, 4, status)), {
      release: undefined,
      stale: `release guard is ${status}`
    })
  }
  t.match(await newest(releaseSecret(objects, 2, 'failed')), { release: { revision: 3 } })
  t.same(await newest(releaseSecret([], 4)), none, 'an umbrella chart with an alias')

  const record = await newest(releaseSecret(objects, 4))
  const of = (chart: string): JsonObject => ({ metadata: { labels: { 'helm.sh/chart': chart } } })
  t.equal(matchingRelease(record, of('spiffe-webhook-1')), record)
  t.equal(matchingRelease(record, undefined), record, 'a Deployment that was not seen')
  t.same(matchingRelease(record, of('spiffe-webhook-2')), {
    release: undefined,
    stale: 'release guard is of spiffe-webhook-1, the Deployment of spiffe-webhook-2'
  })
})

await t.test('without the Deployment nothing is said of its labels and account', async (t) => {
  const all = installedObjects()
  const get: Get = async (path) => {
    const name = path.split('/').at(-2)
    const item = [...all].find(([kind]) => `${kind}s`.toLowerCase() === name)
    return { status: item === undefined ? 404 : 200, body: item?.[1], time: undefined }
  }
  const notSeen = { resource: 'deployments.apps', verb: 'get', why: 'it is forbidden' }
  const deleted = { deployment: undefined, pods: [] }
  for (const replicas of [
    { kind: 'notSeen', notSeen } as const,
    { kind: 'seen', value: deleted } as const
  ]) {
    const chart = await readChart(get, found, { ...none, replicas, program: '1.0.0' })
    if (chart === undefined) throw new Error('no chart')
    t.same(
      chart.objects.map(({ rendered }) => rendered.kind),
      ['Service', 'Deployment', 'Role', 'ClusterRole']
    )
    const isGone = replicas.kind === 'seen'
    const objects = chart.objects.map((object) =>
      object.rendered.kind !== 'Deployment'
        ? object
        : isGone
          ? { ...object, installed: { kind: 'seen' as const, value: undefined } }
          : { ...object, installed: { kind: 'notSeen' as const, notSeen } }
    )
    t.same(
      checkChartObjects({ ...chart, objects }).findings.map(({ reason }) => reason),
      isGone ? ['ObjectMissing'] : []
    )
  }
})

await t.test('another version is compared by the record alone', async (t) => {
  const { get } = answering(404, {})
  const replicas = {
    kind: 'seen',
    value: { deployment: deployment('9.9.9'), pods: [] }
  } as const
  const program = '1.0.0'
  const chart = await readChart(get, found, { ...none, replicas, program })
  t.match(chart, { other: '9.9.9', objects: [] })
  const webhooks = { mutating: [{ name: 'inject.of-another-version', timeoutSeconds: 7 }] }
  const record = [
    { kind: 'MutatingWebhookConfiguration', metadata: { name: 'x' }, webhooks: webhooks.mutating }
  ]
  const { release } = await findRelease(answering(200, { items: [releaseSecret(record)] }).get, own)
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
