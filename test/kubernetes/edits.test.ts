import patches from 'fast-json-patch'
import t from 'tap'
import {
  changes,
  collectEdits,
  drop,
  type EditedList,
  type Edits,
  ensure,
  leaveOne,
  mapEntry,
  operationsOf,
  setEntry
} from '../../src/kubernetes/edits.ts'
import type { Operation } from '../../src/kubernetes/operation.ts'

interface Item {
  readonly [key: string]: unknown
  readonly n: string
  readonly v?: number
}
type Doc = Readonly<Record<string, readonly Item[] | null | Readonly<Record<string, unknown>>>>

const item = (n: string, v?: number): Item => (v === undefined ? { n } : { n, v })
const items = (names: string): readonly Item[] => [...names].map((n) => item(n))
const named =
  (n: string) =>
  (one: Item): boolean =>
    one.n === n

const at = (doc: Doc, key: string): EditedList<Item> => ({
  path: `/${key}`,
  items: (doc[key] as readonly Item[] | null | undefined) ?? []
})

/** What was decided, and what it makes of the document. */
function edit(
  doc: Doc,
  decide: (edits: Edits) => void
): { operations: readonly Operation[]; after: unknown; changes: readonly string[] } {
  const edits = collectEdits()
  decide(edits)
  const operations = operationsOf(edits)
  const after = patches.applyPatch(structuredClone(doc), structuredClone([...operations]), true)
  return { operations, after: after.newDocument, changes: changes(edits) }
}

const wanted = item('b', 1)
const leaving: readonly (readonly [
  rule: string,
  doc: Doc,
  after: Doc,
  operations: readonly Operation[]
])[] = [
  ['an absent list is made', {}, { l: [wanted] }, [{ op: 'add', path: '/l', value: [wanted] }]],
  [
    'null is an absent list',
    { l: null },
    { l: [wanted] },
    [{ op: 'add', path: '/l', value: [wanted] }]
  ],
  [
    'an empty list is made anew',
    { l: [] },
    { l: [wanted] },
    [{ op: 'add', path: '/l', value: [wanted] }]
  ],
  [
    'what is not there is appended',
    { l: items('ac') },
    { l: [...items('ac'), wanted] },
    [{ op: 'add', path: '/l/-', value: wanted }]
  ],
  ['what is right is left alone', { l: [item('a'), wanted] }, { l: [item('a'), wanted] }, []],
  ['the order of keys does not matter', { l: [{ v: 1, n: 'b' }] }, { l: [{ v: 1, n: 'b' }] }, []],
  [
    'what is wrong is replaced where it stands',
    { l: items('abc') },
    { l: [item('a'), wanted, item('c')] },
    [{ op: 'replace', path: '/l/1', value: wanted }]
  ],
  [
    'of several the first is replaced and the later ones go, from the end',
    { l: items('babcb') },
    { l: [wanted, item('a'), item('c')] },
    [
      { op: 'replace', path: '/l/0', value: wanted },
      { op: 'remove', path: '/l/4' },
      { op: 'remove', path: '/l/2' }
    ]
  ],
  [
    'a right first one stays, the later ones go all the same',
    { l: [wanted, wanted] },
    { l: [wanted] },
    [{ op: 'remove', path: '/l/1' }]
  ]
]

t.test('one item is left', async (t) => {
  for (const [rule, doc, after, operations] of leaving) {
    const done = edit(doc, (edits) => leaveOne(edits, at(doc, 'l'), named('b'), wanted, 'b'))
    t.same(done, { operations, after, changes: operations.length > 0 ? ['b'] : [] }, rule)
  }
})

t.test('several items may be appended to a list that is made', async (t) => {
  const done = edit({}, (edits) => {
    for (const n of 'ab') leaveOne(edits, at({}, 'l'), named(n), item(n), n)
  })
  t.same(done.after, { l: items('ab') })
  t.equal(done.operations.length, 1)
  t.same(done.changes, ['a', 'b'])
})

t.test('every item that matches is dropped', async (t) => {
  const doc = { l: items('abab'), m: items('b') }
  const done = edit(doc, (edits) => {
    drop(edits, at(doc, 'l'), named('b'), 'l')
    drop(edits, at(doc, 'm'), named('b'), 'm')
    drop(edits, at(doc, 'm'), named('x'), 'x')
    drop(edits, at(doc, 'absent'), named('b'), 'y')
  })
  t.same(done.after, { l: items('aa'), m: [] })
  t.same(done.changes, ['l', 'm'])
})

t.test('no removal shifts what another operation names', async (t) => {
  const doc = { l: items('abcdefghijkl') }
  const done = edit(doc, (edits) => {
    drop(edits, at(doc, 'l'), named('a'), '')
    leaveOne(edits, at(doc, 'l'), named('c'), item('c', 1), '')
    drop(edits, at(doc, 'l'), named('k'), '')
    leaveOne(edits, at(doc, 'l'), named('z'), item('z'), '')
    drop(edits, at(doc, 'l'), named('b'), '')
    leaveOne(edits, at(doc, 'l'), named('l'), item('l', 1), '')
  })
  t.same(done.after, { l: [item('c', 1), ...items('defghij'), item('l', 1), item('z')] })
})

t.test('what lies in an item goes before the item itself', async (t) => {
  const with3 = (n: string): Item => ({ n, inner: items('xyx') })
  const doc = { l: [item('a'), with3('b'), with3('c')] }
  const done = edit(doc, (edits) => {
    drop(edits, at(doc, 'l'), named('b'), '')
    for (const i of [1, 2])
      drop(edits, { path: `/l/${i}/inner`, items: items('xyx') }, named('x'), '')
  })
  t.same(done.after, { l: [item('a'), { n: 'c', inner: items('y') }] })
})

const setting: readonly (readonly [
  rule: string,
  map: Readonly<Record<string, string>> | null | undefined,
  operations: readonly Operation[]
])[] = [
  ['an absent map is made', undefined, [{ op: 'add', path: '/m', value: { 'a/b': 'x' } }]],
  ['null is an absent map', null, [{ op: 'add', path: '/m', value: { 'a/b': 'x' } }]],
  ['an empty map is made anew', {}, [{ op: 'add', path: '/m', value: { 'a/b': 'x' } }]],
  ['a key is added', { c: 'd' }, [{ op: 'add', path: '/m/a~1b', value: 'x' }]],
  ['a value is replaced', { 'a/b': 'y' }, [{ op: 'replace', path: '/m/a~1b', value: 'x' }]],
  ['what is right is left alone', { 'a/b': 'x' }, []]
]

t.test('one key of a map of strings is set, and does not count as a change', async (t) => {
  for (const [rule, map, operations] of setting) {
    const doc: Doc = map === undefined ? {} : { m: map }
    const done = edit(doc, (edits) => setEntry(edits, map, mapEntry('/m', 'a/b', 'x')))
    t.same(done, { operations, after: { m: { ...map, 'a/b': 'x' } }, changes: [] }, rule)
  }
})

t.test('several keys may be set in a map that is made, the same one too', async (t) => {
  const done = edit({}, (edits) => {
    setEntry(edits, {}, mapEntry('/m', 'a', '1'))
    setEntry(edits, {}, mapEntry('/m', 'toString', '2'))
    setEntry(edits, {}, mapEntry('/m', 'a', '3'))
  })
  t.same(done.operations, [{ op: 'add', path: '/m', value: { a: '3', toString: '2' } }])
})

t.test('an object is made only where there is none', async (t) => {
  for (const absent of [undefined, null]) {
    t.same(edit({}, (edits) => ensure(edits, '/m', absent)).operations, [
      { op: 'add', path: '/m', value: {} }
    ])
  }
  t.same(edit({ m: {} }, (edits) => ensure(edits, '/m', {})).operations, [])
})
