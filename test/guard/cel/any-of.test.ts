import t from 'tap'
import { anyOf } from '../../../src/guard/cel/any-of.ts'

const cases: readonly (readonly [title: string, given: readonly string[], wanted: string])[] = [
  ['nothing is false', [], 'false'],
  ['one stays as it is', ['has(a.b) && a.b == 1'], 'has(a.b) && a.b == 1'],
  ['what has nothing in common stays', ['a.b', 'a.c'], 'a.b\n|| a.c'],
  [
    'a common guard is asked once',
    ['has(a.b) && a.b == 1', 'a.c', 'has(a.b) && a.b == 2'],
    'has(a.b) && (a.b == 1\n  || a.b == 2)\n|| a.c'
  ],
  [
    'so are those behind it',
    ['has(a.b) && has(a.b.c) && x', 'has(a.b) && has(a.b.c) && y'],
    'has(a.b) && has(a.b.c) && (x\n  || y)'
  ],
  [
    'alternatives in one text count alike',
    ['has(a.b) && x || has(a.b) && y'],
    'has(a.b) && (x\n  || y)'
  ],
  ['a guard that is enough takes the others in', ['has(a.b) && x', 'has(a.b)'], 'has(a.b)'],
  ['the same twice is asked once', ['a.b && x', 'a.b && x'], 'a.b && x'],
  [
    'operators in brackets and texts are left alone',
    ['has(a.b) && (x || y)', `has(a.b) && a.b.matches(r'^(x||y&&[)$')`, `has(a.b) && a.b == "||'"`],
    `has(a.b) && ((x || y)\n  || a.b.matches(r'^(x||y&&[)$')\n  || a.b == "||'")`
  ],
  ['an optional field is no choice', ['a.?b != c.?b', 'x'], 'a.?b != c.?b\n|| x']
]

for (const [title, given, wanted] of cases) {
  t.test(title, async (t) => {
    t.equal(anyOf(given), wanted)
  })
}

t.test('a choice without brackets is a mistake of ours', async (t) => {
  t.throws(() => anyOf(['a ? b : c', 'd']), /a choice needs brackets: a \? b : c/)
})
