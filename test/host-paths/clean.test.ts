import t from 'tap'
import { isWithin, overlaps, segments } from '../../src/host-paths/clean.ts'

const cleaned: readonly (readonly [path: string, clean: string])[] = [
  ['', ''],
  ['/', ''],
  ['//', ''],
  ['/.', ''],
  ['/a/b', 'a b'],
  ['/a//./b/.', 'a b'],
  ['/a/b/', 'a b'],
  ['a', 'a'],
  ['/a/../b', 'a .. b'],
  ['/a/..x/...', 'a ..x ...'],
  ['/a /b', 'a  b']
]

t.test('empty and . segments are dropped, .. is kept', async (t) => {
  for (const [path, clean] of cleaned) t.equal(segments(path).join(' '), clean, path)
})

const related: readonly (readonly [path: string, ancestor: string, within: boolean])[] = [
  ['/a', '/a', true],
  ['/a/b', '/a', true],
  ['/a', '/', true],
  ['/', '/', true],
  ['/a', '/a/b', false],
  ['/ab', '/a', false],
  ['/a', '/ab', false],
  ['/b/a', '/a', false],
  ['/a/c', '/a/b', false]
]

t.test('whole segments decide, and overlap goes both ways', async (t) => {
  for (const [path, ancestor, within] of related) {
    const [a, b] = [segments(path), segments(ancestor)]
    t.equal(isWithin(a, b), within, `${path} in ${ancestor}`)
    t.equal(overlaps(a, b), within || isWithin(b, a))
    t.equal(overlaps(b, a), overlaps(a, b))
  }
  t.ok(overlaps(['a'], ['a', 'b']) && overlaps(['a', 'b'], ['a']))
})
