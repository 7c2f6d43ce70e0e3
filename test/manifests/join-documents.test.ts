import t from 'tap'
import { joinDocuments } from '../../src/manifests/join-documents.ts'

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
