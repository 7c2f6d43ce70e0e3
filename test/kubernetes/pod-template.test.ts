import t from 'tap'
import { apiGroup, valueAt } from '../../src/kubernetes/fields.ts'
import { podTemplatePath } from '../../src/kubernetes/pod-template.ts'

const carriers: readonly (readonly [group: string, kind: string, path: string | undefined])[] = [
  ['', 'Pod', ''],
  ['', 'ReplicationController', 'spec.template'],
  ['', 'PodTemplate', 'template'],
  ['apps', 'Deployment', 'spec.template'],
  ['apps', 'ReplicaSet', 'spec.template'],
  ['apps', 'StatefulSet', 'spec.template'],
  ['apps', 'DaemonSet', 'spec.template'],
  ['batch', 'Job', 'spec.template'],
  ['batch', 'CronJob', 'spec.jobTemplate.spec.template'],
  ['', 'Deployment', undefined],
  ['apps', 'Pod', undefined],
  ['extensions', 'Deployment', undefined],
  ['', 'pod', undefined],
  ['', 'constructor', undefined],
  ['', '', undefined]
]

t.test('each kind carries its pod where Pod Security looks for it', async (t) => {
  for (const [group, kind, path] of carriers) {
    t.equal(podTemplatePath(group, kind)?.join('.'), path, `${group}/${kind}`)
  }
})

t.test('the group of an apiVersion is what stands before the slash', async (t) => {
  const groups = { v1: '', 'apps/v1': 'apps', 'storage.k8s.io/v1': 'storage.k8s.io', '': '' }
  for (const [version, group] of Object.entries(groups)) t.equal(apiGroup(version), group)
})

t.test('a value is found by its keys, and nothing where one is missing', async (t) => {
  const object = { a: { b: [1], c: null } }
  t.same(valueAt(object, []), object)
  t.same(valueAt(object, ['a', 'b']), [1])
  t.equal(valueAt(object, ['a', 'c']), null)
  for (const keys of [['x'], ['a', 'x'], ['a', 'c', 'x'], ['a', 'b', '0'], ['a', 'b', 'length']]) {
    t.equal(valueAt(object, keys), undefined, keys.join('.'))
  }
  t.equal(valueAt('text', ['length']), undefined)
})
