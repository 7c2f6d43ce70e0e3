import t from 'tap'
import {
  list,
  map,
  named,
  object,
  optional,
  type Shape,
  string
} from '../../src/kubernetes/shape.ts'

const pod = object({ name: string, tags: optional(list(object({ key: string }))) })
const labels = map(list(string))

/** A value, its shape, and the fault: undefined where it fits. */
const cases: readonly (readonly [Shape, unknown, string | undefined])[] = [
  [named, { name: 'a' }, undefined],
  [named, { name: null }, '.name: a string is wanted'],
  [named, [], ': an object is wanted'],
  [string, '', undefined],
  [string, 7, ': a string is wanted'],
  [string, null, ': a string is wanted'],
  [optional(string), null, undefined],
  [optional(string), undefined, undefined],
  [optional(string), 0, ': a string is wanted'],
  [list(string), [], undefined],
  [list(string), {}, ': a list is wanted'],
  [list(string), ['a', 1, 2], '[1]: a string is wanted'],
  [map(string), {}, undefined],
  [map(string), [], ': an object is wanted'],
  [map(string), null, ': an object is wanted'],
  [map(string), JSON.parse('{"__proto__":1}'), '["__proto__"]: a string is wanted'],
  [labels, { 'a"b': ['x', null] }, '["a\\"b"][1]: a string is wanted'],
  [pod, { name: 'x', extra: 1 }, undefined],
  [pod, 'x', ': an object is wanted'],
  [pod, {}, '.name: a string is wanted'],
  [pod, { name: 'x', tags: [{ key: 'a' }, { key: 7 }] }, '.tags[1].key: a string is wanted'],
  [pod, { name: 'x', tags: [null] }, '.tags[0]: an object is wanted'],
  [pod, { name: 1, tags: 2 }, '.name: a string is wanted']
]

t.test('the first fault is told by its place and what is wanted there', async (t) => {
  for (const [shape, value, fault] of cases) t.equal(shape(value), fault, JSON.stringify(value))
})
