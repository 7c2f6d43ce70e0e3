import t from 'tap'
import { flagsHelp, wrap } from '../../src/commands/help.ts'

t.test('a flag has its names and its value on the left, its help on the right', async (t) => {
  const help = flagsHelp({
    output: { short: 'o', value: 'a|b', values: ['a', 'b'], help: 'what to print' },
    strict: { help: 'fails too' },
    'agent-namespace-of-the-mesh': { value: 'NAMESPACE', help: `${'word '.repeat(20)}end` }
  })
  t.equal(
    help,
    `  -o, --output a|b                what to print (default a)
      --strict                    fails too
      --agent-namespace-of-the-mesh NAMESPACE
                                  ${'word '.repeat(15).trim()}
                                  ${'word '.repeat(5)}end
`
  )
})

t.test('a text breaks at spaces', async (t) => {
  t.same(wrap('a bc d', 4), ['a bc', 'd'])
  t.same(wrap('abcdef gh', 3), ['abcdef', 'gh'])
  t.same(wrap('', 3), [''])
})
