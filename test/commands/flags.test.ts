import t from 'tap'
import { readFlags, suggestion } from '../../src/commands/flags.ts'

const known = {
  filename: { help: '', short: 'f', value: 'FILE', many: true },
  output: { help: '', short: 'o', value: 'yaml|json', values: ['yaml', 'json'] },
  pods: { help: '', value: 'N', number: { from: 1, to: 20 } },
  name: {
    help: '',
    value: 'NAME',
    check: (text: string) => (text === 'a' ? undefined : 'must be a')
  },
  strict: { help: '' }
} as const

t.test('flags are read by their long and short names', async (t) => {
  const args = ['-f', 'a', '-fb', '--filename=-', '-f', '-', '-o', 'json', '--strict']
  t.same(readFlags([...args, '--pods', '7', '--name', 'a'], known), {
    values: { filename: ['a', 'b', '-', '-'], output: 'json', pods: 7, name: 'a', strict: true },
    errors: []
  })
  t.same(readFlags([], known), {
    values: {
      filename: [],
      output: undefined,
      pods: undefined,
      name: undefined,
      strict: false
    },
    errors: []
  })
})

t.test('everything that is wrong is reported at once', async (t) => {
  const bad: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['--outptu', 'json'], ['unknown flag --outptu: did you mean --output?']],
    [
      ['-x', '--bogus'],
      ['unknown flag -x', 'unknown flag --bogus']
    ],
    [['-o', 'yml', 'file.yaml'], ['-o "yml": must be one of yaml, json']],
    [['--strict=yes'], ['--strict does not take a value']],
    [['-f'], ['-f needs a value: FILE']],
    [['-f', '--strict'], ['-f needs a value: FILE']],
    [['--constructor'], ['unknown flag --constructor']],
    [['--pods', '0'], ['--pods "0": must be a whole number from 1 to 20']],
    [['--pods', '21'], ['--pods "21": must be a whole number from 1 to 20']],
    [['--pods=-1'], ['--pods "-1": must be a whole number from 1 to 20']],
    [['--pods', '1.5'], ['--pods "1.5": must be a whole number from 1 to 20']],
    [['--name', 'b'], ['--name "b": must be a']]
  ]
  for (const [args, errors] of bad) t.same(readFlags(args, known).errors, errors, args.join(' '))
  const { filename: _, ...others } = known
  t.same(
    readFlags(['x'], others).errors,
    ['unexpected argument "x": this command takes only flags'],
    'a command without files'
  )
})

t.test('files may be named without their flag, in any order', async (t) => {
  const { values, errors } = readFlags(['a', '-f', 'b', '--strict', 'c', '--', '-d'], known)
  t.same([values.filename, errors], [['a', 'b', 'c', '-d'], []])
})

t.test('a name is suggested where it is near', async (t) => {
  const names = ['inject', 'check', 'as']
  t.equal(suggestion('injct', names), ': did you mean "inject"?')
  t.equal(suggestion('chekc', names), '')
  t.equal(suggestion('chec', names, '--'), ': did you mean --check?')
  for (const far of ['z', 'a', 'xs', 'reject-it', '']) t.equal(suggestion(far, names), '', far)
})
