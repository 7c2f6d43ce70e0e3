import t from 'tap'
import { quote, show } from '../../src/kubernetes/quote.ts'

const quoted: readonly (readonly [text: string, quoted: string])[] = [
  ['', '""'],
  ['a b', '"a b"'],
  ['a"b\\', '"a\\"b\\\\"'],
  ['a\nb\u0000', '"a\\nb\\u0000"'],
  ['\u007f\u0080\u009b', '"\\u007f\\u0080\\u009b"'],
  ['größe', '"größe"'],
  ['x'.repeat(200), `"${'x'.repeat(200)}"`],
  ['x'.repeat(201), `"${'x'.repeat(200)}…"`]
]

t.test('text is quoted, short and without control characters', async (t) => {
  for (const [text, wanted] of quoted) t.equal(quote(text), wanted)
})

t.test('plain text is shown bare, any other is quoted', async (t) => {
  for (const plain of ['/run/spire', 'a"b', 'x'.repeat(200)]) t.equal(show(plain), plain)
  for (const other of ['', 'a b', 'a\n', '\u007f', 'ß', 'x'.repeat(201)]) {
    t.equal(show(other), quote(other))
  }
})
