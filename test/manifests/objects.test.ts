import t from 'tap'
import { readDocuments } from '../../src/manifests/documents.ts'
import { objectsOf } from '../../src/manifests/objects.ts'

const objects = (text: string, namespace?: string): readonly unknown[] =>
  readDocuments('f', text)
    .flatMap((document) => objectsOf(document, namespace))
    .map(({ group, kind, namespace, name, keys }) => [group, kind, namespace, name, keys])

t.test('an object is known by group, kind and names', async (t) => {
  t.same(
    objects('apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n'),
    [['apps', 'Deployment', 'shop', 'web', []]]
  )
  t.same(objects('apiVersion: v1\nkind: Pod\nmetadata: {generateName: web-}\n'), [
    ['', 'Pod', '', 'web-', []]
  ])
  t.same(objects('apiVersion: v1\nkind: Pod\nmetadata: {name: 1}\n'), [['', 'Pod', '', '', []]])
})

t.test('Lists are taken apart, Lists in Lists too', async (t) => {
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
      null,
      { apiVersion: 'v1', kind: 'PodList', items: [{ metadata: { name: 'b' } }] }
    ]
  }
  t.same(objects(JSON.stringify(list)), [
    ['', 'Pod', '', 'a', ['items', 0]],
    ['', 'Pod', '', 'b', ['items', 2, 'items', 0]]
  ])
  t.same(objects('{"apiVersion": "v1", "kind": "List", "items": null}').length, 1)
})

t.test('what is no Kubernetes object has none', async (t) => {
  for (const text of [
    '',
    'a: 1',
    '- kind: Pod',
    'kind: Pod',
    'apiVersion: 1\nkind: Pod',
    'text',
    'a: ['
  ]) {
    t.same(objects(text), [], text)
  }
})

t.test('a namespace from outside is for pods and templates that name none', async (t) => {
  const text = `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Pod, metadata: {name: a}}
- {apiVersion: v1, kind: Pod, metadata: {name: b, namespace: own}}
- {apiVersion: v1, kind: PersistentVolume, metadata: {name: c}}
`
  t.same(
    objects(text, 'shop').map((object) => (object as string[])[2]),
    ['shop', 'own', '']
  )
})
