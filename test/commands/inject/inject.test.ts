import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { inject } from '../../../src/commands/inject/inject.ts'
import { exitCodes } from '../../../src/commands/io.ts'
import { runCommand } from '../run-command.ts'

const reviews = join(import.meta.dirname, '../../fixtures/reviews')
const recorded = readdirSync(reviews).map((file) => ({
  file,
  object: JSON.parse(readFileSync(join(reviews, file), 'utf8')).request.object
}))

const proxy = `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: istio-proxy
    image: proxyv2
    args: [proxy, sidecar]
`

t.test('the second run changes nothing, for each recorded object', async (t) => {
  for (const { file, object } of recorded) {
    for (const text of [
      stringify(object),
      JSON.stringify(object),
      JSON.stringify(object, null, 4)
    ]) {
      const once = await runCommand(inject, ['-f', '-'], { stdin: text })
      const twice = await runCommand(inject, ['-f', '-'], { stdin: once.out })
      t.equal(once.code, exitCodes.clean, file)
      t.equal(twice.out, once.out, file)
      if (object.kind === 'Pod') t.ok(once.err.includes('Pod/'), file)
    }
  }
})

t.test('what is skipped is left to the byte', async (t) => {
  const odd =
    '\uFEFF# c\r\nkind:   Deployment\r\napiVersion: apps/v1\r\nspec: {template: {spec: {containers: [ ]}}}'
  const { code, out, err } = await runCommand(inject, ['-f', '-'], { stdin: odd })
  t.equal(out, odd)
  t.equal(
    err,
    'Deployment: skipped: NoIstioProxy: The pod has no container of Istio that runs a proxy, so there is nothing to move.\n'
  )
  t.equal(code, exitCodes.clean)
})

t.test('files become one stream that can be read again', async (t) => {
  const dir = t.testdir({
    'a.yaml': proxy.trimEnd(),
    'b.json': '{"a": 1}',
    'c.yaml': '',
    'd.yaml': proxy
  })
  const once = await runCommand(inject, ['-f', dir])
  const twice = await runCommand(inject, ['-f', '-'], { stdin: once.out })
  t.equal(twice.out, once.out)
  t.equal(twice.err, 'Pod/web: injected: AlreadyInjected\n'.repeat(2))
})

t.test('a pod that is refused makes the exit code 1, a broken document 64, both 65', async (t) => {
  const refused = proxy.replace(
    'metadata:',
    'metadata:\n  annotations: {spiffe-webhook/app-containers: none}'
  )
  const one = await runCommand(inject, ['-f', '-'], { stdin: `${refused}---\n${proxy}` })
  t.equal(one.code, exitCodes.findings)
  t.match(one.err, /^Pod\/web: refused: AppContainerNotFound: .*\nPod\/web: injected\n$/)
  t.ok(one.out.startsWith(`${refused}---\n`), 'a refused pod is printed as it was')
  const broken = await runCommand(inject, ['-f', '-'], {
    stdin: `${refused}---\na: [\n---\n${proxy}`
  })
  t.equal(broken.code, exitCodes.findingsAndUsage)
  t.ok(broken.out.includes('---\na: [\n---\n'), 'a broken document is printed as it was')
  t.match(broken.err, /^spiffe-webhook inject: -:\d+:\d+: /)
})

t.test('the namespace decides', async (t) => {
  const namespace = (name: string, label: string): string =>
    `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}, labels: {spiffe-webhook/injection: ${label}}}\n---\n`
  const cases: readonly (readonly [
    sentence: string,
    args: readonly string[],
    before: string,
    moved: boolean
  ])[] = [
    ['nothing is known of it', [], '', true],
    ['the flag opts in', ['--namespace-labels', 'a=b,spiffe-webhook/injection=enabled,'], '', true],
    ['the flag does not', ['--namespace-labels', 'spiffe-webhook/injection=disabled'], '', false],
    ['the flag is empty', ['--namespace-labels', ''], '', false],
    ['its object opts in', ['-n', 'shop'], namespace('shop', 'enabled'), true],
    ['its object does not', ['-n', 'shop'], namespace('shop', 'disabled'), false],
    ['an object without a namespace is in default', [], namespace('default', 'disabled'), false],
    ['another object says nothing of it', ['-n', 'shop'], namespace('other', 'disabled'), true],
    [
      'the flag is stronger',
      ['-n', 'shop', '--namespace-labels', 'spiffe-webhook/injection=enabled'],
      namespace('shop', 'no'),
      true
    ]
  ]
  for (const [sentence, args, before, moved] of cases) {
    const { code, out, err } = await runCommand(inject, ['-f', '-', ...args], {
      stdin: before + proxy
    })
    t.equal(out.includes('csi.spiffe.io'), moved, sentence)
    t.equal(out === before + proxy, !moved, sentence)
    t.match(
      err,
      moved
        ? /: injected\n$/
        : /: skipped: the namespace lacks the label spiffe-webhook\/injection=enabled\n$/
    )
    t.equal(code, exitCodes.clean)
  }
})

t.test('input without a pod passes through, and is told', async (t) => {
  for (const stdin of ['', 'replicas: 2\n', 'apiVersion: v1\nkind: Service\n']) {
    const { out, err } = await runCommand(inject, ['-f', '-'], { stdin })
    t.equal(out, stdin)
    t.match(err, /nothing to move: the input contains no pod and no pod template\n$/)
  }
  const broken = await runCommand(inject, ['-f', '-'], { stdin: 'a: [' })
  t.equal(broken.out, 'a: [')
  t.notMatch(broken.err, /nothing to move/, 'nobody knows what stands in a broken one')
  const patch = await runCommand(inject, ['-f', '-', '-o', 'patch'], { stdin: 'a: 1' })
  t.equal(patch.out, '[]\n')
  const json = await runCommand(inject, ['-f', '-', '-o', 'json'], { stdin: '---\n---\na: yes' })
  t.equal(json.out, '{\n  "a": true\n}\n')
  const diff = await runCommand(inject, ['-f', '-', '-o', 'diff'], { stdin: 'a: 1' })
  t.equal(diff.out, '')
})

t.test('a document whose aliases had to be written out is reported', async (t) => {
  const containers = proxy.slice(proxy.indexOf('  containers'))
  const own = `a: &spec\n${containers}apiVersion: v1\nkind: Pod\nspec: *spec\n`
  const { err, out } = await runCommand(inject, ['-f', '-'], { stdin: `b: 1\n---\n${own}` })
  t.equal(err, 'Pod: injected\n', 'the alias of the pod alone is written out, where it changes')
  t.match(out, `b: 1\n---\na: &spec\n${containers}`)
  const shared = `apiVersion: v1\nkind: Pod\nspec: &spec\n${containers}again: *spec\n`
  const all = await runCommand(inject, ['-f', '-'], { stdin: shared })
  t.match(all.err, /^-:1: a shared part of this document was changed, so its YAML aliases were /)
})

t.test('the difference is coloured where colours are wanted', async (t) => {
  const args = ['-f', '-', '-o', 'diff']
  t.match((await runCommand(inject, args, { stdin: proxy, colours: true })).out, '\u001b[32m+')
  t.notMatch((await runCommand(inject, args, { stdin: proxy })).out, '\u001b')
})

t.test('warnings of a pod are told', async (t) => {
  const stdin = proxy.replace('args:', 'env: [{name: DISABLE_ENVOY, value: "true"}]\n    args:')
  const { err } = await runCommand(inject, ['-f', '-'], { stdin })
  t.match(err, /^Pod\/web: skipped: ProxylessGrpc\nPod\/web: warning: ProxylessGrpc: /)
})

t.test('everything wrong with the command line is reported at once', async (t) => {
  const config = join(t.testdir({ 'c.yaml': 'inject: {mode: x}\nlog: 1\n' }), 'c.yaml')
  const wrong: readonly (readonly [readonly string[], readonly RegExp[]])[] = [
    [
      ['--namespace-labels', 'a,=b', '-o', 'xml'],
      [/--namespace-labels "a,=b": must be KEY=VALUE pairs/, /-o "xml": must be one of yaml, json/]
    ],
    [['-f', 'missing.yaml'], [/missing\.yaml: cannot be read/]]
  ]
  for (const [args, sentences] of wrong) {
    const { code, out, err } = await runCommand(inject, [...args, '--config', config])
    t.equal(code, exitCodes.usage)
    t.equal(out, '')
    for (const sentence of [...sentences, /inject\.mode: unknown option/, /log: /]) {
      t.match(err, sentence)
    }
  }
  t.equal((await runCommand(inject, [])).code, exitCodes.usage)
  t.equal((await runCommand(inject, ['--nope'])).code, exitCodes.usage)
  const help = await runCommand(inject, ['--help'])
  t.equal(help.out, inject.help)
  t.equal(help.code, exitCodes.clean)
})

t.test('a configuration is followed', async (t) => {
  const dir = t.testdir({})
  writeFileSync(join(dir, 'c.yaml'), 'inject: {csiDriver: csi.example.org}\n')
  const { out } = await runCommand(inject, ['-f', '-', '--config', join(dir, 'c.yaml')], {
    stdin: proxy
  })
  t.match(out, 'driver: csi.example.org')
})
