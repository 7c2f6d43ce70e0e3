import { dirname, join } from 'node:path'
import t from 'tap'
import { buildTools } from './build-tools.ts'
import { contentHash } from './content-hash.ts'
import { execute } from './execute.ts'
import { tool } from './toolchain.ts'

/** One line of `go test -json`, `go doc test2json`. */
interface Event {
  readonly Action: string
  readonly Test?: string
  readonly Output?: string
}

const { folder, binary } = tool('csi-stand-in/driver')

await t.test('the stand-ins do what the kubelet asks of the real programs', async (t) => {
  await buildTools(['csi-stand-in/driver', 'csi-stand-in/registrar'], t.comment.bind(t))
  const { code, stdout, stderr } = await execute('go', ['test', '-json', '-count=1', './...'], {
    folder,
    env: { ...process.env, GOWORK: 'off', GOFLAGS: '', CSI_STAND_IN: dirname(binary) },
    allowFailure: true
  })
  const events = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Event => JSON.parse(line))
  const ended = events.filter(({ Test, Action }) => Test && /^(pass|fail|skip)$/.test(Action))
  for (const { Test = '', Action } of ended) {
    const said = events.filter((event) => event.Test === Test).map(({ Output }) => Output)
    t.equal(Action, 'pass', Test.replaceAll('_', ' '), { said: said.join('') })
  }
  t.ok(ended.length > 0, 'tests ran')
  t.equal(code, 0, 'go test is content', { stderr, stdout: code === 0 ? '' : stdout })
})

await t.test('their sources are formatted and vetted', async (t) => {
  t.equal((await execute('gofmt', ['-l', '.'], { folder })).stdout, '')
  await execute('go', ['vet', './...'], { folder, env: { ...process.env, GOWORK: 'off' } })
})

await t.test('their version changes with their sources', async (t) => {
  const files = { 'go.mod': 'module a', driver: { 'main.go': 'package main' } }
  const hash = (name: string, content: object): string =>
    contentHash(join(t.testdir({ [name]: { ...files, ...content } }), name))
  const before = hash('a', {})
  t.match(before, /^[0-9a-f]{12}$/)
  t.equal(hash('b', {}), before, 'the same in another folder')
  t.not(hash('a', { 'go.mod': 'module b' }), before, 'content')
  t.not(hash('a', { driver: { 'run.go': 'package main' } }), before, 'path')
  t.not(hash('a', { 'go.sum': '' }), before, 'one file more')
  t.match(binary, contentHash(folder))
})
