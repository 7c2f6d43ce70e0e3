import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { defaultConfig } from './default-config.ts'

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...['b', 'c', 'd'].map((key, i) => {
    const alias = `*${'abc'[i]}`
    return `${key}: &${key} [${Array.from({ length: 9 }, () => alias).join(', ')}]`
  })
].join('\n')

/** Files that cannot be used, and what is said of them behind the file's name. */
const bad: readonly (readonly [rule: string, text: string, ...sentences: readonly string[]])[] = [
  ['wrong options', 'inject: {a: 1}\nb: 2', 'b: unknown option', 'inject.a: unknown option'],
  ['plain text', 'hello', 'configuration: must be object'],
  [
    'broken YAML',
    'inject: {\n',
    'Flow map in block collection must be sufficiently indented and end with a } at line 2, column 1:'
  ],
  ['a key twice', 'log: {}\nlog: {}', 'Map keys must be unique at line 2, column 1:'],
  [
    'an alias without an anchor',
    'log: *x',
    'Unresolved alias (the anchor must be set before the alias): x'
  ],
  ['an alias bomb', bomb, 'Excessive alias count indicates a resource exhaustion attack'],
  [
    'a second document, which nobody would read',
    'log: {level: info}\n---\nlog: {level: debug}\n',
    'holds more than one document: write one'
  ]
]

t.test('a file that cannot be used is told, never thrown', async (t) => {
  const file = join(t.testdir(), 'config.yaml')
  for (const [rule, text, ...sentences] of bad) {
    writeFileSync(file, text)
    t.same(loadConfig({ file }), { errors: sentences.map((one) => `${file}: ${one}`) }, rule)
  }
})

t.test('a file that is not there is told with what to do', async (t) => {
  const file = join(t.testdir(), 'none.yaml')
  const why = `ENOENT: no such file or directory, open '${file}'`
  const error = `${file}: cannot be read (${why}): name a YAML file with --config`
  t.same(loadConfig({ file }), { errors: [error] })
})

t.test('YAML and JSON are read alike, and no file means the defaults', async (t) => {
  const folder = t.testdir({
    'a.yaml': 'log:\n  level: debug\n',
    'b.json': '{"log":{"level":"debug"}}',
    'c.yaml': '# nothing\n'
  })
  const debug = { config: { ...defaultConfig, log: { level: 'debug' } } }
  t.same(loadConfig({ file: join(folder, 'a.yaml') }), debug)
  t.same(loadConfig({ file: join(folder, 'b.json') }), debug)
  t.same(loadConfig({ file: join(folder, 'c.yaml') }), { config: defaultConfig })
  t.same(loadConfig(), { config: defaultConfig })
})
