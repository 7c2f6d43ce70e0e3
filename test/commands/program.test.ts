import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exitCodes } from '../../src/commands/io.ts'
import { program } from '../../src/commands/program.ts'
import { type Ran, runCommand } from './run-command.ts'

const run = (...args: readonly string[]): Promise<Ran> =>
  runCommand({ flags: {}, help: '', run: program }, args)

const names = ['serve', 'inject', 'check', 'verify', 'policy', 'demo']

t.test('every command has a help text of its own, and is listed', async (t) => {
  const { code, out } = await run('--help')
  t.equal(code, exitCodes.clean)
  for (const name of names) {
    t.match(out, new RegExp(`^  ${name} +\\S`, 'm'))
    const help = await run(name, '--help')
    t.equal(help.code, exitCodes.clean, name)
    t.match(help.out, new RegExp(`^Usage: spiffe-webhook ${name}`))
    t.ok(
      help.out.split('\n').every((line) => line.length <= 130),
      `${name}: lines fit`
    )
    t.same(await run('help', name), help)
  }
  t.equal((await run('-h')).out, out)
  t.equal((await run('help')).out, out)
})

t.test('the version is that of the package', async (t) => {
  const { version } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')
  )
  t.same(await run('--version'), { code: 0, out: `${version}\n`, err: '' })
  t.equal((await run('-v')).out, `${version}\n`)
})

t.test('an unknown command is reported with the nearest name', async (t) => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['injct'], /unknown command "injct": did you mean "inject"\?\nSee spiffe-webhook --help\.\n$/],
    [['--verison'], /unknown command "--verison": did you mean "--version"\?/],
    [['frobnicate'], /unknown command "frobnicate"\n/],
    [['help', 'chek'], /unknown command "chek": did you mean "check"\?/],
    [['constructor'], /unknown command "constructor"\n/],
    [[], /^Usage: spiffe-webhook COMMAND/]
  ]
  for (const [args, sentence] of cases) {
    const { code, out, err } = await run(...args)
    t.equal(code, exitCodes.usage, args.join(' '))
    t.equal(out, '')
    t.match(err, sentence)
  }
})
