import t from 'tap'
import { complete } from '../../../src/commands/completion/complete.ts'
import { runCommand } from '../run-command.ts'

const offered = async (...words: readonly string[]): Promise<readonly string[]> => {
  const { code, out } = await runCommand({ flags: {}, help: '', run: complete }, words)
  t.equal(code, 0)
  return out
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '')
}

t.test('commands, flags and values come from the tables', async (t) => {
  const cases: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
    [['ver'], ['verify', ':4']],
    [
      ['help', 'in'],
      ['inject', ':4']
    ],
    [['nothing', ''], [':4']],
    [
      ['verify', '--ag'],
      ['--agent-namespace', '--agent', ':4']
    ],
    [
      ['verify', '-o', 'm'],
      ['metrics', ':4']
    ],
    [
      ['verify', '--output', 't'],
      ['text', ':4']
    ],
    [
      ['verify', '--output=js'],
      ['--output=json', ':4']
    ],
    [
      ['verify', '--output', '=', 'js'],
      ['json', ':4']
    ],
    [
      ['verify', '--agent', '='],
      ['kubernetes', 'external', ':4']
    ],
    [['verify', '--strict', ''], [':4']],
    [['verify', '--kubeconfig', ''], [':0']],
    [['check', '-f', 'a'], [':0']],
    [['check', 'man'], [':0']],
    [['verify', '--constructor', ''], [':4']],
    [
      ['completion', 'b'],
      ['bash', ':4']
    ]
  ]
  for (const [words, wanted] of cases) t.same(await offered(...words), wanted, words.join(' '))
  t.ok((await offered('')).includes('completion'))
})

t.test('each word has its help behind a tab', async (t) => {
  const { out } = await runCommand({ flags: {}, help: '', run: complete }, ['verify', '--stri'])
  t.match(out, /^--strict\t\S.*\n:4\n$/)
})
