import t from 'tap'
import { decodeReview } from '../../src/admission/decode-review.ts'
import { guard } from '../../src/guard/guard.ts'
import type { KubernetesObject } from './decision-table-objects.ts'
import { pod, review, volume } from './decision-table-objects.ts'
import { modelOf } from './models.ts'

const model = modelOf()

function judge(
  object: KubernetesObject,
  oldObject: KubernetesObject,
  by = model
): readonly string[] {
  const decoded = decodeReview(review(object, { oldObject }))
  if (decoded.kind !== 'decoded') throw new Error(decoded.kind)
  return guard(decoded.request, 'enforce', by).findings.map(
    ({ verdict, reason }) => `${verdict} ${reason}`
  )
}

const key = 'mounts.nri.io/container.app'
const mounted = (text: string): KubernetesObject =>
  pod({}, { namespace: 'app', annotations: { [key]: text } })

t.test('what a pod had before is a warning, what is put on later is refused', async (t) => {
  const old = mounted('- source: /run/spire')
  t.same(judge(old, old), ['warn NriMountReachesSocket'])
  t.same(judge(old, mounted('- source: /run')), ['deny NriMountReachesSocket'])
  t.same(judge(mounted('- source: /data'), old), [])
  const volumes = { volumes: [volume('/run')] }
  t.same(judge(pod(volumes), pod(volumes)), ['warn HostPathReachesSocket'])
})

t.test('a text that nobody could read is old only while it stays the same', async (t) => {
  const old = mounted('&a x')
  t.same(judge(old, old), ['warn NriAnnotationUnreadable'])
  t.same(judge(mounted('&a y'), old), ['deny NriAnnotationUnreadable'])
})

t.test(
  'an annotation that asks for a device is old only while its text stays the same',
  async (t) => {
    const asking = (text: string): KubernetesObject =>
      pod({}, { namespace: 'app', annotations: { 'devices.nri.io/container.app': text } })
    const denying = modelOf({ nodePrivileges: 'deny' })
    t.same(judge(asking('[a]'), asking('[a]'), denying), ['warn NodeDeviceAnnotation'])
    t.same(judge(asking('[b]'), asking('[a]'), denying), ['deny NodeDeviceAnnotation'])
  }
)

t.test('the annotations of a Binding are judged as those of the pod that it binds', async (t) => {
  const binding = (text: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'x', namespace: 'app', annotations: { [key]: text } },
    target: { kind: 'Node', name: 'n' }
  })
  const judged = (object: KubernetesObject): readonly string[] => {
    const decoded = decodeReview(review(object, { subResource: 'binding', operation: 'CREATE' }))
    if (decoded.kind !== 'decoded') throw new Error(decoded.kind)
    return guard(decoded.request, 'enforce', model).findings.map(({ reason }) => reason)
  }
  t.same(judged(binding('- source: /run/spire')), ['NriMountReachesSocket'])
  t.same(judged(binding('- source: /data')), [])
})
