import t from 'tap'
import { equalJson, isObject } from '../../src/kubernetes/json.ts'

const own: unknown = JSON.parse('{"__proto__":1}')

t.test('an object is neither null nor a list', async (t) => {
  for (const value of [{}, own, Object.create(null)]) t.ok(isObject(value))
  for (const value of [null, undefined, [], 'x', 7, true]) t.notOk(isObject(value), `${value}`)
})

const equal: readonly (readonly [unknown, unknown])[] = [
  [null, null],
  ['a', 'a'],
  [[], []],
  [{}, {}],
  [
    { a: 1, b: [{ c: null }] },
    { b: [{ c: null }], a: 1 }
  ],
  [own, JSON.parse('{"__proto__":1}')]
]
const different: readonly (readonly [unknown, unknown])[] = [
  [null, {}],
  [0, false],
  ['1', 1],
  [[], {}],
  [[1], [1, 2]],
  [
    [1, 2],
    [2, 1]
  ],
  [{ a: 1 }, { a: 1, b: undefined }],
  [{ a: undefined }, { b: undefined }],
  [{ toString: undefined }, {}],
  [{ a: undefined }, { toString: undefined }],
  [{ valueOf: Object.prototype.valueOf }, { a: 1 }],
  [own, {}],
  [{ a: { b: 1 } }, { a: { b: 2 } }]
]

t.test('two values are equal whatever the order of their keys', async (t) => {
  for (const [a, b] of equal) t.ok(equalJson(a, b) && equalJson(b, a), JSON.stringify([a, b]))
  for (const [a, b] of different) {
    t.notOk(equalJson(a, b) || equalJson(b, a), JSON.stringify([a, b]))
  }
})
