import t from 'tap'
import { constant, type Operation, patchText, pointer } from '../../src/kubernetes/operation.ts'

const cases: readonly (readonly [string, readonly (string | number)[], string])[] = [
  ['', [], ''],
  ['/spec', [], '/spec'],
  ['', ['spec', 'volumes', 0], '/spec/volumes/0'],
  ['/metadata/labels', ['spiffe.io/x'], '/metadata/labels/spiffe.io~1x'],
  ['/metadata/labels', ['a~b/~1'], '/metadata/labels/a~0b~1~01'],
  ['', ['', '-'], '//-']
]

t.test('keys are escaped as RFC 6901 says, the base is not', async (t) => {
  for (const [base, keys, wanted] of cases) t.equal(pointer(base, ...keys), wanted)
})

const volume = constant({ name: 'ünïcode "quoted" \u2028', csi: { readOnly: true } })
const patches: readonly (readonly Operation[])[] = [
  [],
  [{ op: 'remove', path: '/spec/volumes/2' }],
  [{ op: 'replace', path: '/spec/volumes/0', value: volume }],
  [
    { op: 'add', path: '/spec/volumes', value: [volume, { name: 'né' }] },
    { op: 'add', path: '/metadata/labels', value: { 'a"b': 'c\\d' } },
    { op: 'add', path: '/metadata/labels/a"\\é~1\n', value: 'x"\\\u{1f600}' },
    constant({ op: 'add', path: '/metadata/annotations/é', value: '"' }),
    { op: 'replace', path: '/spec/x', value: null },
    { op: 'remove', path: '/spec/containers/0/env/1' }
  ]
]

t.test('the text of a patch says the operations, in ASCII', async (t) => {
  for (const operations of patches) {
    const text = patchText(operations)
    t.strictSame(JSON.parse(text), operations, text)
    t.match(text, /^[ -~]*$/)
  }
})

t.test('where nothing is beyond ASCII, it is what JSON.stringify writes', async (t) => {
  const operations: Operation[] = [
    { op: 'replace', path: '/spec/volumes/0', value: constant({ name: 'a', csi: {} }) },
    { op: 'add', path: '/metadata/labels/a~1b', value: 'true' },
    { op: 'remove', path: '/spec/volumes/2' }
  ]
  t.equal(patchText(operations), JSON.stringify(operations))
})
