import t from 'tap'
import { readPlainYaml } from '../../src/manifests/plain-yaml.ts'

const plain: readonly (readonly [sentence: string, text: string, value: unknown])[] = [
  [
    'maps and lists, a list as deep as its key or deeper',
    'a:\n- b: 1\n  c: [x, "y"]\n- - d\n  -   e: {f: 100m}\nf:\n    - g\n',
    { a: [{ b: 1, c: ['x', 'y'] }, ['d', { e: { f: '100m' } }]], f: ['g'] }
  ],
  [
    'a marker, comments and blank lines',
    '# a\n---  # b\n\na: b # c\n  # d\n\nc: d#e\n',
    { a: 'b', c: 'd#e' }
  ],
  ['nothing is null', 'a:\nb: # c\nc:\n-\n- d:\n', { a: null, b: null, c: [null, { d: null }] }],
  [
    'words and numbers of YAML 1.1',
    'a: yes\nb: ~\nc: 0777\nd: 1e3\ne: -1\nf: 1:30\n',
    { a: true, b: null, c: 511, d: 1000, e: -1, f: '1:30' }
  ],
  [
    'quotes',
    `a: "x # \\"y\\""\nb: 'it''s'\n"c": ''\n'd': "" # e\n`,
    { a: 'x # "y"', b: "it's", c: '', d: '' }
  ],
  ['literals', 'a: |\n  b\n\n   # c\n\nd: |-\n\n  e: 1\n\n\n', { a: 'b\n\n # c\n', d: '\ne: 1' }]
]

t.test('plain YAML is read', async (t) => {
  for (const [sentence, text, value] of plain) t.same(readPlainYaml(text)?.value, value, sentence)
})

const notPlain: readonly (readonly [sentence: string, ...texts: readonly string[]])[] = [
  ['anchors, aliases, tags and merges', 'a: &b c\n', 'a: *b\n', 'a: !!str 1\n', '<<: {a: b}\n'],
  [
    'scalars of several lines',
    'a: b\n  c\n',
    'a: "b\n  c"\n',
    'a: >\n  b\n',
    'a:\n  b\n',
    'a: [b,\n  c]\n'
  ],
  ['keys that are not text', 'yes: 1\n', '1: a\n', '[a]: b\n', '? a\n', '__proto__: {}\n'],
  ['a key that is there twice', 'a: 1\na: 2\n', 'a: {b: 1, b: 2}\n'],
  [
    'other blanks and line breaks',
    'a: b\r\n',
    'a:\tb\n',
    'a: b\u0085c: d\n',
    'a: b\u2028c\n',
    'a: \u00a0b\n'
  ],
  [
    'a tab in quotes, an escape that readers differ in',
    'a: "b\tc"\n',
    'a: "\\u0041"\n',
    'a: "\\/"\n'
  ],
  [
    'what is no map and no list',
    'a\n',
    '"a"\n',
    '\n',
    '# a\n',
    '--- a\n',
    '%YAML 1.1\n---\na: b\n'
  ],
  ['a second document', 'a: b\n---\nc: d\n', 'a: b\n...\n', 'a:\n---\n'],
  [
    'an indent that fits nothing',
    'a:\n    b: 1\n  c: 2\n',
    '  a: 1\nb: 2\n',
    'a: 1\n- b\n',
    '- a\nb: 1\n'
  ],
  [
    'a literal with an indent of its own, or nothing in it',
    'a: |2\n  b\n',
    'a: |+\n  b\n',
    'a: |\nb: 1\n',
    'a: |\n'
  ],
  [
    'a literal that ends in blanks, or in a comment that is deeper',
    'a: |\n  b\n   \n',
    'a: |\n   b\n  # c\n'
  ],
  ['a literal without a line break at the end', 'a: |\n  b', 'a: |-\n  b\n '],
  ['a value that looks like a key', 'a: b: c\n', 'a: b:\n', 'a: - b\n', 'a: @b\n']
]

t.test('everything else is left to the library', async (t) => {
  for (const [sentence, ...texts] of notPlain) {
    t.same(
      texts.filter((text) => readPlainYaml(text) !== undefined),
      [],
      sentence
    )
  }
  t.equal(readPlainYaml(`${'- '.repeat(200)}a\n`), undefined, 'too deep')
})
