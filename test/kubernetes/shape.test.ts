import t from 'tap'
import {
  atMostItems,
  list,
  map,
  named,
  object,
  optional,
  type Shape,
  string,
  texts
} from '../../src/kubernetes/shape.ts'

const pod = object({ name: string, tags: optional(list(object({ key: string }))) })
const labels = map(list(string))

/** A value, its shape, and the fault: undefined where it fits. */
const cases: readonly (readonly [Shape, unknown, string | undefined])[] = [
  [named, { name: 'a' }, undefined],
  [named, { name: null }, '.name: must be a string'],
  [named, [], ': must be an object'],
  [string, '', undefined],
  [string, 7, ': must be a string'],
  [string, null, ': must be a string'],
  [optional(string), null, undefined],
  [optional(string), undefined, undefined],
  [optional(string), 0, ': must be a string'],
  [list(string), [], undefined],
  [list(string), {}, ': must be a list'],
  [list(string), ['a', 1, 2], '[1]: must be a string'],
  [map(string), {}, undefined],
  [map(string), [], ': must be an object'],
  [map(string), null, ': must be an object'],
  [map(string), JSON.parse('{"__proto__":1}'), '["__proto__"]: must be a string'],
  [atMostItems(2, list(string)), ['a', 'b'], undefined],
  [atMostItems(2, list(string)), ['a', 'b', 1], ': must have at most 2 items'],
  [atMostItems(2, list(string)), {}, ': must be a list'],
  [texts(6), { a: 'bc', d: 'ef' }, undefined],
  [texts(6), { a: 'bc', d: 'efg' }, ': must be at most 6 bytes in all'],
  [texts(6), { a: 1 }, '["a"]: must be a string'],
  [texts(6), [], ': must be an object'],
  [labels, { 'a"b': ['x', null] }, '["a\\"b"][1]: must be a string'],
  [pod, { name: 'x', extra: 1 }, undefined],
  [pod, 'x', ': must be an object'],
  [pod, {}, '.name: must be a string'],
  [pod, { name: 'x', tags: [{ key: 'a' }, { key: 7 }] }, '.tags[1].key: must be a string'],
  [pod, { name: 'x', tags: [null] }, '.tags[0]: must be an object'],
  [pod, { name: 1, tags: 2 }, '.name: must be a string']
]

t.test('the first fault is told by its place and what is wanted there', async (t) => {
  for (const [shape, value, fault] of cases) t.equal(shape(value), fault, JSON.stringify(value))
})
