import fc from 'fast-check'
import t from 'tap'
import { createAdmission } from '../../src/admission/admission.ts'
import { defaultConfig } from '../config/default-config.ts'
import { type KubernetesObject, review } from '../guard/decision-table-objects.ts'
import { plausiblePod } from './plausible-pod.ts'
import { runs } from './runs.ts'

const engine = createAdmission(defaultConfig)
const modes = ['enforce', 'enforce-host-paths', 'warn'] as const

/** The keys that this product reads, and those that JavaScript would trip over. */
const key = fc.constantFrom(
  ...['request', 'object', 'oldObject', 'kind', 'group', 'uid', 'spec', 'metadata', 'volumes'],
  ...['hostPath', 'path', 'containers', 'name', 'env', 'csi', 'driver', 'annotations', 'labels'],
  ...['__proto__', 'constructor', 'toString', 'mounts.nri.io', 'operation', 'userInfo', 'template']
)
const words = [null, true, 0, '', 'Pod', '/run', 'istio-proxy', '\u0000', 'CREATE', 'UPDATE']
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(...words),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('json')), { maxLength: 5 }).map((entries) => {
      const fields = entries.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`)
      return JSON.parse(`{${fields.join(',')}}`)
    })
  )
}))

const anyReview = fc.record({
  apiVersion: fc.constant('admission.k8s.io/v1'),
  kind: fc.constant('AdmissionReview'),
  request: fc.record({
    uid: fc.constant('u'),
    kind: fc.record({
      group: fc.constantFrom('', 'apps', 'batch', 'x'),
      kind: fc.constantFrom('Pod', 'Deployment', 'CronJob', 'PersistentVolume', 'X')
    }),
    object: json,
    oldObject: json,
    operation: fc.constantFrom('CREATE', 'UPDATE', 'DELETE', ''),
    subResource: fc.constantFrom('', 'ephemeralcontainers', 'scale', 'new')
  })
})
/** The table's objects always have metadata. */
const asObject = (pod: Record<string, unknown>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  ...pod,
  metadata: { ...(pod.metadata as object | null | undefined) }
})
const podReview = plausiblePod.map((pod) => review(asObject(pod)))

t.test('no body crashes the engine; whatever has a UID gets a short answer with it', async (t) => {
  fc.assert(
    fc.property(fc.oneof(json, anyReview, podReview), (body) => {
      const outcomes = [engine.inject(body), ...modes.map((mode) => engine.guard(mode, body))]
      return outcomes.every(
        (outcome) =>
          outcome.kind === 'unanswerable' ||
          (outcome.review.response.uid !== '' && JSON.stringify(outcome.review).length < 50_000)
      )
    }),
    runs(3)
  )
  t.pass()
})

const long = '\u0085k'.repeat(500_000)
const longReviews: readonly unknown[] = [
  { apiVersion: long, kind: long, request: { uid: 'u' } },
  review(asObject({ metadata: { annotations: { [long]: 7 } } })),
  review({ apiVersion: `${long}/v1`, kind: long, metadata: {} }),
  review(
    asObject({
      spec: {
        containers: [
          { name: long, securityContext: { capabilities: { add: Array(200_000).fill('ALL') } } }
        ]
      }
    })
  )
]

t.test('long names and long lists make no long answer, and take no long time', async (t) => {
  for (const [index, body] of longReviews.entries()) {
    const began = performance.now()
    for (const outcome of [engine.inject(body), engine.guard('enforce', body)]) {
      const text = outcome.kind === 'answered' ? JSON.stringify(outcome.review) : ''
      t.ok(text.length > 0 && text.length < 5000, `${index}: ${text.length}`)
    }
    t.ok(performance.now() - began < 1000, `${index}`)
  }
})

t.test('an update that changes nothing is never refused', async (t) => {
  fc.assert(
    fc.property(plausiblePod, (pod) => {
      const object = asObject(pod)
      const outcome = engine.guard('enforce', review(object, { oldObject: object }))
      return outcome.kind === 'answered' && outcome.review.response.allowed
    }),
    runs(1)
  )
  t.pass()
})

t.test('warn never refuses, and host paths alone refuse no more than the whole', async (t) => {
  fc.assert(
    fc.property(podReview, (body) => {
      const [whole, paths, warned] = modes.map((mode) => {
        const outcome = engine.guard(mode, body)
        return outcome.kind === 'answered' && outcome.review.response.allowed
      })
      return warned === true && (whole === false || paths === true)
    }),
    runs(1)
  )
  t.pass()
})
