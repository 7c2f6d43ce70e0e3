import fc from 'fast-check'
import t from 'tap'
import { splitDocuments } from '../../src/manifests/split-documents.ts'

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
