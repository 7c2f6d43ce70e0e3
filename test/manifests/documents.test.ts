import fc from 'fast-check'
import t from 'tap'
import {
  type ManifestDocument,
  readDocuments,
  streamDocuments
} from '../../src/manifests/documents.ts'

const read = (text: string): readonly ManifestDocument[] => readDocuments('f', text)
const values = (text: string): readonly unknown[] => read(text).map(({ value }) => value)

/** Text and its values, as sigs.k8s.io/yaml reads them. */
const readings: readonly (readonly [sentence: string, text: string, values: readonly unknown[]])[] =
  [
    [
      'booleans of YAML 1.1',
      'a: [yes, on, Off, n, true]',
      [{ a: [true, true, false, false, true] }]
    ],
    ['a key is text, whatever it looks like', 'on: 1\n2: 3\n~: 4', [{ true: 1, 2: 3, '': 4 }]],
    [
      'octal, hexadecimal and underscored numbers',
      'a: [0777, 0x1F, 1_000, .5, 0o17, -0O7, 0X1f, 0B11, 1e1_0, 0o8, 1e400, -_1, _1, -_017]',
      [{ a: [511, 31, 1000, 0.5, 15, -7, 31, 3, 1e10, '0o8', '1e400', -1, '_1', -15] }]
    ],
    [
      'floats have a digit before the exponent',
      'a: [1e3, .5e1, 1., 1_0.5, -1.5E-1, +.5, E1, e5, ., -., +e1, ._]',
      [{ a: [1000, 5, 1, 10.5, -0.15, 0.5, 'E1', 'e5', '.', '-.', '+e1', '._'] }]
    ],
    ['quoted text stays text', `a: ["yes", '0777']`, [{ a: ['yes', '0777'] }]],
    [
      'dates, base 60 and binaries stay text',
      'a: [2024-01-01, 22:22, !!binary aGk=]',
      [{ a: ['2024-01-01', '22:22', 'aGk='] }]
    ],
    ['an unknown tag is no fault', 'a: !vault x', [{ a: 'x' }]],
    ['merge keys', 'a: &a {x: 1}\nb: {<<: *a, z: 2}', [{ a: { x: 1 }, b: { x: 1, z: 2 } }]],
    [
      'a key called __proto__ is a key',
      '__proto__: {a: 1}',
      [JSON.parse('{"__proto__": {"a": 1}}')]
    ],
    ['empty documents', '---\n---\n# c\n', [null, null]],
    ['a directive', '%YAML 1.1\n---\na: yes\n', [{ a: true }]],
    ['JSON', '{"a": "yes", "b": 1e3}', [{ a: 'yes', b: 1000 }]],
    ['JSON indented with tabs', '{\n\t"a": {\n\t\t"b": 1\n\t}\n}', [{ a: { b: 1 } }]],
    ['one JSON object behind the other', '{"a":1}\n{"b":2}[3]\n', [{ a: 1 }, { b: 2 }, [3]]],
    ['JSON behind a marker', '{"a":1}\n---\n{"b":2}\n', [{ a: 1 }, { b: 2 }]],
    ['what only looks like JSON is YAML', '{a: yes, "b": [on],}', [{ a: true, b: [true] }]]
  ]

t.test('documents are read as Kubernetes reads them', async (t) => {
  for (const [sentence, text, expected] of readings) {
    t.same(
      read(text).flatMap(({ errors }) => errors),
      [],
      sentence
    )
    t.same(values(text), expected, sentence)
  }
})

/** A broken document between two that are whole, and what is said of it. */
const faults: readonly (readonly [sentence: string, text: string, what: RegExp])[] = [
  ['a bracket that stays open', 'a: [1\nb: 2', /^f:\d+:\d+: Flow sequence .* end with a \]$/],
  ['a tab for an indent', 'a:\n\tb: 1', /^f:4:1: Tabs are not allowed as indentation$/],
  ['a duplicate key', 'a: 1\nb:\n  c: 1\n  c: 2', /^f:6:3: duplicate key "c"$/],
  [
    'a carriage return alone',
    'a:\n  {\r"hostPath": 1}',
    /^f:4:4: a carriage return alone, which kubectl reads as a line break$/
  ],
  [
    'a question mark within brackets',
    '- {?hostPath: 1}\n- [?a]',
    /^f:3:4: a text in brackets opens with \?: put it in quotes$/
  ],
  ['a duplicate key of JSON', '{"a": {"b": 1,\n"b": 2}}', /^f:4:1: duplicate key$/],
  [
    'an alias without an anchor',
    'a: *nowhere',
    /^f:3:4: the alias \*nowhere has no anchor before it$/
  ],
  [
    'an alias inside its own anchor',
    'a: &a [*a]',
    /^f:3:8: the alias \*a has no anchor before it$/
  ],
  [
    'an anchor set again inside itself',
    'a: &a 1\nb: &a [*a]',
    /^f:4:8: the alias \*a has no anchor before it$/
  ],
  [
    'aliases that explode',
    bomb(),
    /^f:2:1: its aliases expand to more than ten times the text: write them out$/
  ],
  ['merge keys that explode', mergeBomb(), /^f:2:1: its aliases expand/],
  [
    'nesting without an end',
    `a: ${'['.repeat(600)}${']'.repeat(600)}`,
    /^f:3:\d+: nested too deeply$/
  ],
  ['nesting that the parser gives up on', '['.repeat(20_000), /^f:\d+:\d+: /],
  [
    'JSON nested without an end',
    `${'['.repeat(600)}${']'.repeat(600)}`,
    /^f:3:\d+: nested too deeply$/
  ],
  ['a map as a number', 'a: 1\n b: 2', /^f:\d+:\d+: /],
  ['JSON that breaks off', '{"a": {"b": "c"', /^f:\d+:\d+: /],
  ['a key that is a list', '? [a]\n: 1', /^f:3:3: a key must be text, not a list or a map$/],
  ['a merge key inside a key', '{<<}:', /^f:3:1: a key must be text, not a list or a map$/],
  ['a merge key that merges no map', 'a: {<<: 1}', /^f:2:1: Merge sources must be maps/],
  ['a key with an escape that is none', '{"\\x": 1}', /^f:3:\d+: /],
  ['a string that never ends', '{"a": "b', /^f:\d+:\d+: /]
]

function bomb(): string {
  const levels = Array.from(
    { length: 8 },
    (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]\n`
  )
  return `l0: &l0 [x, y, z]\n${levels.join('')}`
}

function mergeBomb(): string {
  const keys = Array.from({ length: 300 }, (_, i) => `k${i}: 1`).join(', ')
  return `a: &a {${keys}}\nb:\n${'- {<<: *a}\n'.repeat(300)}`
}

t.test('a broken document is told with file, line and column, and costs no other', async (t) => {
  for (const [sentence, text, what] of faults) {
    const documents = read(`first: 1\n---\n${text}\n---\nlast: 1\n`)
    const broken = documents[1]
    t.same([documents[0]?.value, documents.at(-1)?.value], [{ first: 1 }, { last: 1 }], sentence)
    t.match(broken?.errors[0], what, sentence)
    t.equal(broken?.value, undefined, sentence)
    t.equal(broken?.text, `---\n${text}\n`, 'its text is kept')
  }
})

t.test('of many faults the first are told and the others counted', async (t) => {
  const [document] = read(Array.from({ length: 10 }, () => 'a: 1\n').join(''))
  t.same(document?.errors, [
    ...[2, 3, 4].map((line) => `f:${line}:1: duplicate key "a"`),
    'f: and 6 more'
  ])
})

t.test('a value is found by its keys, or the nearest parent by what there is', async (t) => {
  const [, yaml, json] = read(
    'x: 1\n---\n# c\nspec:\n  volumes:\n  - name: a\n    hostPath: {path: /run}\n  "b.c/d": !x e\n---\n{"a": [1,\n  {"b": 2}]}\n'
  )
  const found = (document: ManifestDocument | undefined, ...keys: (string | number)[]): string => {
    const { line, column } = document?.locate(keys) ?? { line: 0, column: 0 }
    return `${line}:${column}`
  }
  t.equal(found(yaml, 'spec', 'volumes', 0, 'hostPath', 'path'), '7:22')
  t.equal(found(yaml, 'spec', 'volumes', 0, 'hostPath', 'type'), '7:15')
  t.equal(found(yaml, 'spec', 'volumes', 7), '6:3')
  t.equal(found(yaml, 'spec', 'b.c/d'), '8:15')
  t.equal(found(yaml), '4:1')
  t.equal(found(json, 'a', 1, 'b'), '11:9')
  const [empty, alias] = read('---\n---\na: &a {b: 1}\nc: *a\n')
  t.equal(found(empty, 'a'), '1:4')
  t.equal(found(read('')[0], 'a'), '1:1')
  t.equal(found(alias, 'c', 'b'), '4:4')
})

t.test('property: no text crashes the reader, and none is lost', async () => {
  const piece = fc.constantFrom(
    '---\n',
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ' ',
    '\n',
    '- ',
    'a',
    '&a ',
    '*a',
    '\t',
    '|\n',
    '!',
    '?',
    ',',
    '\\',
    '#',
    '%',
    '<<',
    "'",
    '\r'
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))
  )
  fc.assert(
    fc.property(text, (text) => {
      const documents = read(text)
      for (const document of documents) document.locate(['a', 0, 'b'])
      return documents.map((document) => document.text).join('') === text
    }),
    { numRuns: 3000 }
  )
})

t.test('property: JSON is read as JSON.parse reads it', async () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })),
      fc.constantFrom(0, 2, '\t'),
      (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const [document, ...others] = read(text)
        return (
          others.length === 0 &&
          document?.format === 'json' &&
          JSON.stringify(document.value) === JSON.stringify(JSON.parse(text))
        )
      }
    )
  )
})

t.test('time grows with the text and not faster', async (t) => {
  const pod = (i: number): string => `---\napiVersion: v1\nkind: Pod\nmetadata: {name: p${i}}\n`
  const keys = (i: number): string => `k${i}: v\n`
  for (const [what, line] of [
    ['documents', pod],
    ['keys of one map', keys]
  ] as const) {
    const text = Array.from({ length: 3000 }, (_, i) => line(i)).join('')
    const start = process.cpuUsage()
    t.same(
      read(text).flatMap(({ errors }) => errors),
      [],
      what
    )
    const { user, system } = process.cpuUsage(start)
    t.ok(user + system < 15_000_000, `${what}: ${user + system} µs`)
  }
})

async function* chunks(text: string, size: number): AsyncGenerator<string> {
  for (let from = 0; from < text.length; from += size) yield text.slice(from, from + size)
}

async function streamed(text: string, size: number): Promise<readonly ManifestDocument[]> {
  const documents: ManifestDocument[] = []
  for await (const document of streamDocuments('f', chunks(text, size))) documents.push(document)
  return documents
}

t.test('a text that comes in pieces is read as one that is whole', async (t) => {
  const pod = (i: number): string =>
    `---\n# ${'x'.repeat(1500)}\nkind: Pod\nmetadata: {name: "p${i}"}\n${i % 7 === 0 ? '...\n' : ''}`
  const text = `\uFEFF# first\n${Array.from({ length: 2000 }, (_, i) => pod(i)).join('')}# last\n`
  const places = (documents: readonly ManifestDocument[]): readonly unknown[] =>
    documents
      .filter(({ index }) => index % 100 === 0)
      .map(({ index, text, locate }) => [index, text, locate(['metadata', 'name'])])
  const whole = readDocuments('f', text.slice(1))
  const inPieces = await streamed(text, 65_536)
  t.equal(inPieces.length, whole.length)
  t.same(places(inPieces), places(whole))
  t.equal(inPieces[0]?.mark, '\uFEFF')
  t.equal(inPieces.map(({ text }) => text).join(''), text.slice(1))
})

t.test('JSON objects one behind the other are read as they come', async (t) => {
  const pods = Array.from({ length: 2000 }, (_, i) =>
    JSON.stringify(
      { kind: 'Pod', text: '}\n{'.repeat(500), metadata: { name: `p${i}` } },
      null,
      i % 3
    )
  )
  const text = `\uFEFF${pods.join('\n')}\n`
  const whole = readDocuments('f', text.slice(1))
  const inPieces = await streamed(text, 65_536)
  t.equal(inPieces.length, 2000)
  t.equal(inPieces[0]?.mark, '\uFEFF')
  t.equal(inPieces.map(({ text }) => text).join(''), text.slice(1))
  t.same(inPieces[1999]?.locate(['metadata', 'name']), whole[1999]?.locate(['metadata', 'name']))
})

/** JSON as it is written, and whether a key is in it twice: written with an escape, or as `__proto__`, too. */
const { written } = fc.letrec<{ written: { readonly text: string; readonly twice: boolean } }>(
  (tie) => ({
    written: fc.oneof(
      { maxDepth: 3 },
      fc
        .oneof(fc.string(), fc.constantFrom('{"a": 1', '\\', '\\"', ':'), fc.integer())
        .map((value) => ({ text: JSON.stringify(value), twice: false })),
      fc.array(tie('written'), { maxLength: 3 }).map((items) => ({
        text: `[${items.map(({ text }) => text).join(' , ')}]`,
        twice: items.some(({ twice }) => twice)
      })),
      fc
        .array(
          fc.tuple(
            fc.constantFrom('a', '\\u0061', 'b:', '__proto__', 'c\\"', '', 'd', 'e{'),
            tie('written')
          ),
          { maxLength: 4 }
        )
        .map((pairs) => ({
          text: `{${pairs.map(([key, { text }]) => `"${key}" : ${text}`).join(',\n')}}`,
          twice:
            new Set(pairs.map(([key]) => (key === '\\u0061' ? 'a' : key))).size < pairs.length ||
            pairs.some(([, { twice }]) => twice)
        }))
    )
  })
)

t.test('a key that is twice in JSON is a fault wherever it is, and nothing else is', async (t) => {
  fc.assert(
    fc.property(written, ({ text, twice }) => {
      const [document] = read(`{"root": ${text}}\n`)
      if (document?.format !== 'json') throw new Error('not read as JSON')
      if (document.errors.length > 0 !== twice) throw new Error(String(document.errors))
      const value = twice ? undefined : { root: JSON.parse(text) }
      if (JSON.stringify(document.value) !== JSON.stringify(value)) throw new Error('another value')
    }),
    { numRuns: 1000 }
  )
  t.pass('for each of 1000')
})
