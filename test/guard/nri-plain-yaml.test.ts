import t from 'tap'
import { type NriMount, readPlainMounts } from '../../src/guard/nri-plain-yaml.ts'

const a = { source: '/a' }
const read: readonly (readonly [text: string, ...mounts: readonly NriMount[]])[] = [
  ['- {source: /a}', a],
  ['  - source: /a  \n  - source: /a # twice\n', a, a],
  ['[]'],
  [' [ {"source":"/a"},\n{source: /a}\n] # end\n# more\n\n', a, a],
  [
    '# mounts\n\n-   source: "/a b: c #"\n    # options\n    "options": [ ro, \'bind\', ]\n'.replace(
      ', ]',
      ' ]'
    ),
    { source: '/a b: c #', options: ['ro', 'bind'] }
  ],
  [
    '- source: /a\n  options:\n  - ro\n  - rbind\n  type: bind\n- source: /a',
    { source: '/a', options: ['ro', 'rbind'], type: 'bind' },
    a
  ],
  ['- options: # none\n\n    - ro\n    - x\n- {}', { options: ['ro', 'x'] }, {}],
  ['- options:\n  source: /a', { options: [], source: '/a' }],
  ['- {source: "null", type: \'\'}', { source: 'null', type: '' }]
]

t.test('a plain list is read', async (t) => {
  for (const [text, ...mounts] of read)
    t.same(readPlainMounts(text), { kind: 'read', mounts }, text)
})

/** One reason each why two readers could differ, or why no list is there. */
const refused: readonly (readonly [text: string, line?: number])[] = [
  ['', 1],
  ['\n# nothing\n', 3],
  ['source: /a'],
  ['{source: /a}'],
  ['- a'],
  ['- - a'],
  ['- \n  source: /a'],
  ['-\tsource: /a'],
  ['- source: /a\r\n'],
  ['- source: /a\n  source: /a', 2],
  ['- {source: /a, source: /a}'],
  ['- Source: /a'],
  ['- "Source": /a'],
  ["- 'source': /a"],
  ['- source : /a'],
  ['- source:/a'],
  ['- {source:/a}'],
  ['- {"source":/a}'],
  ['- {"source" : /a}'],
  ['- "source":"/a"'],
  ['- source: '],
  ['- {source: , type: bind}'],
  ['- source: /a b'],
  ['- source: /a\n    b', 2],
  ['- source: "/a\n    b"'],
  ['- source: "\\x2fa"'],
  ["- source: '/a''b'"],
  ['- source: "/a" "b"'],
  ['- source: /a#b'],
  ['- source: /a:b'],
  ['- source: /a,'],
  ['- source: &x /a'],
  ['- &x {source: /a}'],
  ['- source: *x'],
  ['- source: !!str /a'],
  ['- source: |\n    /a'],
  ['- source: >-\n    /a'],
  ['- source: ~'],
  ...['null', 'NULL', 'true', 'No', 'on', 'y'].map((word) => [`- type: ${word}`] as const),
  ...['7', '+1', '.inf', '=', '-x', '@a', '%a', '?', '_'].map(
    (word) => [`- type: ${word}`] as const
  ),
  ['- <<: {source: /a}'],
  ['- ? source\n  : /a'],
  ['- {source: /a,}'],
  ['- {source: /a'],
  ['- {source: /a}}'],
  ['- {source: /a}\n  type: bind', 2],
  ['- {source: /a,\n  type: bind}'],
  ['- source: /a\n   type: bind', 2],
  ['- source: /a\n type: bind', 2],
  ['- source: /a\n  - b', 2],
  ['- source: /a\n- b', 2],
  [' - source: /a\n- source: /b', 2],
  ['- source: /a\n - source: /b', 2],
  ['- options: bind'],
  ['- options: {a: b}'],
  ['- options: [[a]]'],
  ['- options: [a,, b]'],
  ['- options:\n - a', 2],
  ['- options:\n  - a\n   - b', 3],
  ['- options:\n  - a b', 2],
  ['- options:\n  - a\n  options: []', 3],
  ['[{source: /a}'],
  ['[{source: /a}]]'],
  ['[{source: /a}] []'],
  ['[{source: /a}]\n- source: /a', 2],
  ['[{source: /a}]#'],
  ['---\n- source: /a'],
  ['- source: /a\n---', 2],
  ['- source: /a\n...', 2],
  ['%YAML 1.2\n---\n- source: /a'],
  ...['\u0085', '\u2028', '\u2029', '\ufeff', '\u00a0', '\0', '\x7f', 'é', '\ud800'].map(
    (character) => [`- source: /a\n  # ${character}`, 2] as const
  )
]

/** In ASCII: TAP breaks lines where YAML does. */
const shown = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/g, (c) => `U+${c.charCodeAt(0).toString(16)}`)

t.test('what readers differ in is not read, and the line is named', async (t) => {
  for (const [text, line = 1] of refused) {
    t.same(readPlainMounts(text), { kind: 'unreadable', line }, shown(text))
  }
})
