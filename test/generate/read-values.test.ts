import t from 'tap'
import { readValues } from '../../generate/read-values.ts'

await t.test('a comment describes the key below it', async (t) => {
  const values = readValues(`# Head of the file.

# -- Pods to run,
# at least one.
# @schema {minimum: 1}
replicas: 2

# A section.
image:
  # -- Its name.
  name: x
  # -- Its tag.
  tag: null
# -- A map as a whole.
labels:
  a: b
# -- None.
list: []
`)
  t.same(values, [
    {
      path: ['replicas'],
      description: 'Pods to run, at least one.',
      schema: { minimum: 1 },
      value: 2
    },
    {
      path: ['image'],
      description: '',
      schema: {},
      value: { name: 'x', tag: null },
      children: [
        { path: ['image', 'name'], description: 'Its name.', schema: {}, value: 'x' },
        { path: ['image', 'tag'], description: 'Its tag.', schema: {}, value: null }
      ]
    },
    { path: ['labels'], description: 'A map as a whole.', schema: {}, value: { a: 'b' } },
    { path: ['list'], description: 'None.', schema: {}, value: [] }
  ])
})

await t.test('what cannot be read is said', async (t) => {
  t.throws(() => readValues('a: 1\n'), { message: 'a has no comment that opens with --' })
  t.throws(() => readValues('# -- x\na:\n  # no dashes\n  b: 1\nc: 2\n'), { message: /^c has no/ })
  t.throws(() => readValues('b: {c: {}}\n'), { message: 'b.c has no comment that opens with --' })
  t.throws(() => readValues('- a\n'), { message: 'values.yaml is not a map' })
  t.throws(() => readValues('a: [\n'), { message: 'values.yaml is not a map' })
  t.throws(() => readValues('? [a]\n: 1\n'), { message: / has no comment/ })
})
