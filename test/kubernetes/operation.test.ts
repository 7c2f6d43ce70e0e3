import t from 'tap'
import { pointer } from '../../src/kubernetes/operation.ts'

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
