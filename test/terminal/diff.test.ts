import fc from 'fast-check'
import t from 'tap'
import { diffLines, unifiedDiff } from '../../src/terminal/diff.ts'

const letters = 'abcdefghijklmnopqrstuvwxyz'
const lines = (text: string): string => [...text].map((letter) => `${letter}\n`).join('')

t.test('equal texts have no difference', async (t) => {
  t.equal(unifiedDiff('f', 'a\n', 'a\n', true), '')
})

t.test('a change stands between three lines of context', async (t) => {
  const after = lines(letters).replace('h\n', 'H\nI\n')
  t.equal(
    unifiedDiff('f', lines(letters), after, false),
    '--- f\n+++ f\n@@ -5,7 +5,8 @@\n e\n f\n g\n-h\n+H\n+I\n i\n j\n k\n'
  )
})

t.test('near changes share a hunk, far ones do not', async (t) => {
  const after = lines(letters).replace('b\n', '').replace('h\n', 'H\n').replace('y\n', 'Y\n')
  const hunks = unifiedDiff('f', lines(letters), after, false).match(/^@@.*@@$/gm)
  t.same(hunks, ['@@ -1,11 +1,10 @@', '@@ -22,5 +21,5 @@'])
})

t.test('a text may begin or end as nothing', async (t) => {
  t.equal(unifiedDiff('f', '', 'a\n', false), '--- f\n+++ f\n@@ -0,0 +1,1 @@\n+a\n')
  t.equal(unifiedDiff('f', 'a\n', '', false), '--- f\n+++ f\n@@ -1,1 +0,0 @@\n-a\n')
  t.equal(
    unifiedDiff('f', 'a', 'a\n', false),
    '--- f\n+++ f\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n'
  )
})

t.test('colours are for terminals', async (t) => {
  const painted = unifiedDiff('f', 'a\n', 'b\n', true)
  t.match(painted, '\u001b[31m-a\u001b[39m\n')
  t.match(painted, '\u001b[32m+b\u001b[39m\n')
  t.notMatch(unifiedDiff('f', 'a\n', 'b\n', false), '\u001b')
})

const text = fc.array(fc.constantFrom('a', 'b', 'c', '- name: x', ''), { maxLength: 12 })

t.test('property: the lines of both texts are all there, in their order', async () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffLines(before, after)
      const without = (other: string): string =>
        lines.flatMap(([sign, line]) => (sign === other ? [] : [line])).join('\n')
      return without('+') === before.join('\n') && without('-') === after.join('\n')
    }),
    { numRuns: 2000 }
  )
})

/** What patch(1) does: takes the hunks from the last to the first, each where it says. */
function patched(before: string, diff: string): string {
  const text = before.split(/(?<=\n)/)
  for (const hunk of diff
    .split(/^(?=@@ )/m)
    .slice(1)
    .toReversed()) {
    const [, from = '', count = ''] = /^@@ -(\d+),(\d+) /.exec(hunk) ?? []
    const body = hunk
      .replaceAll('\n\\ No newline at end of file\n', '\0')
      .split(/(?<=[\n\0])/)
      .slice(1)
    const side = (sign: string): readonly string[] =>
      body.filter((line) => line[0] !== sign).map((line) => line.slice(1).replace('\0', ''))
    const start = count === '0' ? Number(from) : Number(from) - 1
    const old = text.splice(start, Number(count), ...side('-'))
    if (old.join('') !== side('+').join('')) throw new Error(`${hunk} is not there`)
  }
  return text.join('')
}

t.test('property: whoever applies the difference has the other text', async () => {
  fc.assert(
    fc.property(text, text, fc.boolean(), fc.boolean(), (before, after, open, stillOpen) => {
      const old = before.join('\n') + (open ? '' : '\n')
      const fresh = after.join('\n') + (stillOpen ? '' : '\n')
      return patched(old, unifiedDiff('f', old, fresh, false)) === fresh
    }),
    { numRuns: 2000 }
  )
})

t.test('time grows with the text and not faster', async (t) => {
  const before = Array.from({ length: 40_000 }, (_, i) => `line ${i % 50}`)
  const after = before.map((line, i) => (i % 7 === 0 ? `${line} changed` : line))
  const nothingAlike = before.map((line) => `${line}!`)
  for (const other of [after, nothingAlike]) {
    const start = process.cpuUsage()
    diffLines(before, other)
    const { user, system } = process.cpuUsage(start)
    t.ok(user + system < 10_000_000, `${user + system} µs`)
  }
})
