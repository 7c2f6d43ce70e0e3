import t from 'tap'
import { readFlags, suggestion } from '../../src/commands/flags.ts'

const known = {
  filename: { type: 'string', short: 'f', multiple: true },
  output: { type: 'string', short: 'o', values: ['yaml', 'json'] },
  strict: { type: 'boolean' }
} as const

t.test('flags are read by their long and short names', async (t) => {
  const read = readFlags(
    ['-f', 'a', '-fb', '--filename=-', '-f', '-', '-o', 'json', '--strict'],
    known
  )
  if ('errors' in read) throw new Error(read.errors.join())
  t.same(read.flags.list('filename'), ['a', 'b', '-', '-'])
  t.equal(read.flags.text('output'), 'json')
  t.equal(read.flags.on('strict'), true)
  const none = readFlags([], known)
  if ('errors' in none) throw new Error(none.errors.join())
  t.same(none.flags.list('filename'), [])
  t.equal(none.flags.text('output'), undefined)
  t.equal(none.flags.on('strict'), false)
})

t.test('everything that is wrong is told at once', async (t) => {
  const bad: readonly (readonly [readonly string[], readonly string[]])[] = [
    [
      ['--outptu', 'json'],
      [
        '--outptu is unknown: did you mean --output?',
        '"json" is not expected: files are named with -f'
      ]
    ],
    [
      ['-x', '--bogus'],
      ['-x is unknown', '--bogus is unknown']
    ],
    [
      ['-o', 'yml', 'file.yaml'],
      ['-o "yml" is none of yaml, json', '"file.yaml" is not expected: files are named with -f']
    ],
    [['--strict=yes'], ['--strict takes no value, not "yes"']],
    [['-f'], ['-f wants a value']],
    [['-f', '--strict'], ['-f wants a value']],
    [['--', 'x'], ['"x" is not expected: files are named with -f']],
    [['--constructor'], ['--constructor is unknown']]
  ]
  for (const [args, errors] of bad) t.same(readFlags(args, known), { errors }, args.join(' '))
  const { filename: _, ...others } = known
  t.same(
    readFlags(['x'], others),
    { errors: ['"x" is not expected: this command takes flags only'] },
    'a command without -f does not speak of it'
  )
})

t.test('a name is suggested where it is near', async (t) => {
  const names = ['inject', 'check', 'as']
  t.equal(suggestion('injct', names, ''), ': did you mean inject?')
  t.equal(suggestion('chekc', names, ''), '')
  t.equal(suggestion('chec', names), ': did you mean --check?')
  for (const far of ['z', 'a', 'xs', 'reject-it', '']) t.equal(suggestion(far, names), '', far)
})
