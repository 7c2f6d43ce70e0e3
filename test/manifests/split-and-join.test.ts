import fc from 'fast-check'
import t from 'tap'
import { joinDocuments, splitDocuments } from '../../src/manifests/split-and-join.ts'

const texts: readonly (readonly [sentence: string, pieces: readonly string[]])[] = [
  ['nothing is one empty document', ['']],
  ['a text without a marker is one document', ['a: 1\nb: 2\n']],
  ['a marker opens a document', ['a: 1\n', '---\nb: 2\n']],
  ['the first marker opens the first', ['---\na: 1\n', '---\nb: 2']],
  ['comments and directives belong to what follows', ['# c\n%YAML 1.1\n\n--- # d\na: 1\n']],
  ['a document may stand on the line of its marker', ['a: 1\n', '--- {b: 2}\n']],
  ['two markers hold an empty document', ['---\n', '---\nb: 2\n']],
  ['Windows line ends', ['a: 1\r\n', '---\r\nb: 2\r\n']],
  ['a marker ends a block scalar', ['a: |\n', '---\nb: 2\n']],
  ['three dashes elsewhere are text', ['a: ---\nb:\n  ---c\n----\n']],
  ['the end marker ends a document', ['a: 1\n...\n', '# c\n---\nb: 2\n']],
  ['what stands behind the last end marker belongs before it', ['a: 1\n...\n# c\n\n']],
  ['a document may follow an end marker without its own', ['a: 1\n...\n', 'b: 2\n']]
]

t.test('documents are cut at their markers', async (t) => {
  for (const [sentence, pieces] of texts) t.same(splitDocuments(pieces.join('')), pieces, sentence)
})

t.test('property: the pieces are the text', async () => {
  const line = fc.constantFrom(
    '---\n',
    '...\n',
    '# c\n',
    '\n',
    'a: 1\n',
    '%YAML 1.1\n',
    '--- x\r\n',
    '{}',
    '-'
  )
  fc.assert(
    fc.property(
      fc.array(line),
      (lines) => splitDocuments(lines.join('')).join('') === lines.join('')
    )
  )
})

t.test('blank lines cost no more than other text', async (t) => {
  const start = performance.now()
  splitDocuments(`${'\n \n'.repeat(100_000)}a: 1\n---\n`)
  t.ok(performance.now() - start < 5000)
})

/** Files, each a list of documents, and the stream that they become. */
const streams: readonly (readonly [string, readonly (readonly string[])[], string])[] = [
  ['nothing is nothing', [['']], ''],
  ['documents of one file stay as they are', [['a: 1\n', '---\nb: 2']], 'a: 1\n---\nb: 2'],
  ['files are parted', [['a: 1\n'], ['b: 2\n']], 'a: 1\n---\nb: 2\n'],
  ['an open last line is ended first', [['a: 1'], ['b: 2']], 'a: 1\n---\nb: 2'],
  [
    'a marker of its own is enough',
    [['a: 1\n'], ['# c\n\n--- # d\nb: 2']],
    'a: 1\n# c\n\n--- # d\nb: 2'
  ],
  [
    'a directive needs the end of what was before',
    [['a: 1\n'], ['%YAML 1.1\n---\nb: 2']],
    'a: 1\n...\n%YAML 1.1\n---\nb: 2'
  ],
  ['an empty file adds nothing', [['a: 1\n'], [' \n'], ['b: 2']], 'a: 1\n---\nb: 2'],
  ['a comment alone is a document', [['a: 1\n'], ['# c']], 'a: 1\n---\n# c'],
  ['JSON too', [['{"a":1}'], ['{"b":2}']], '{"a":1}\n---\n{"b":2}']
]

t.test('files become one stream that reads as the files did', async (t) => {
  for (const [sentence, files, stream] of streams) {
    const pieces = files.flatMap((texts) => texts.map((text, index) => ({ index, text })))
    t.equal(joinDocuments(pieces), stream, sentence)
  }
})
