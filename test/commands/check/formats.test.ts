import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import t from 'tap'
import { check } from '../../../src/commands/check/check.ts'
import { exitCodes } from '../../../src/commands/io.ts'
import { guardReasons } from '../../../src/guard/rules/rules.ts'
import { runCommand } from '../run-command.ts'

const pod = (name: string, path: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${JSON.stringify(name)}}\nspec:\n  volumes:\n  - {name: v, hostPath: {path: ${JSON.stringify(path)}}}\n`

/** The schema of OASIS (draft-04, whose `id` is `$id` since), as the package @microsoft/jest-sarif carries it. */
const schemaFile = join(import.meta.dirname, '../../fixtures/sarif/sarif-2.1.0-rtm.5.json')
const { $schema: _, id: $id, ...schema } = JSON.parse(readFileSync(schemaFile, 'utf8'))
const isSarif = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile({
  $id,
  ...schema
})

const bad = pod('evil\n::error::%,"<&>\u0001', '/run/spire')

/** Calls whose report a pipeline uploads, whatever happened: arguments, standard input, exit code. */
const calls: readonly (readonly [readonly string[], string, number])[] = [
  [['-'], pod('fine', '/data'), exitCodes.clean],
  [['-'], `${pod('a', '/run')}---\n${pod('b', '/run/containerd')}`, exitCodes.findings],
  [['-'], `${bad}---\na: [\n`, exitCodes.findingsAndUsage],
  [['-'], 'a: [\n', exitCodes.usage],
  [['-'], 'replicas: 1\n', exitCodes.usage],
  [['missing.yaml'], '', exitCodes.usage],
  [['-', '--config', 'missing.yaml'], pod('a', '/run'), exitCodes.usage],
  [['-', '--bogus'], '', exitCodes.usage]
]

t.test('SARIF is written in any case, and is what the schema of OASIS wants', async (t) => {
  for (const [args, stdin, code] of calls) {
    const ran = await runCommand(check, [...args, '-o', 'sarif'], { stdin })
    t.equal(ran.code, code, args.join(' '))
    const sarif = JSON.parse(ran.out)
    t.ok(isSarif(sarif), JSON.stringify(isSarif.errors?.[0]))
    const [invocation] = sarif.runs[0].invocations
    t.equal(invocation.executionSuccessful, code <= exitCodes.findings, args.join(' '))
  }
  t.notOk(
    isSarif({ version: '2.1.0', runs: [{ results: 3 }] }),
    'the schema refuses what is not SARIF'
  )
})

t.test('each rule of SARIF has what a code host shows and sorts by', async (t) => {
  const { out } = await runCommand(check, ['-', '-o', 'sarif'], { stdin: pod('a', '/run') })
  const { rules } = JSON.parse(out).runs[0].tool.driver
  t.equal(rules.length, Object.keys(guardReasons).length)
  for (const rule of rules) {
    t.match(rule, {
      helpUri: /^https:/,
      help: { text: /What to do: / },
      defaultConfiguration: { level: 'error' },
      properties: { 'security-severity': /^\d\.\d$/ }
    })
  }
})

t.test('a fingerprint stays when lines come and go, and differs for another finding', async (t) => {
  const print = async (stdin: string): Promise<string> => {
    const { out } = await runCommand(check, ['-', '-o', 'sarif'], { stdin })
    return JSON.parse(out).runs[0].results[0].partialFingerprints['objectAndField/v1']
  }
  const one = await print(pod('a', '/run'))
  t.match(one, /^[0-9a-f]{64}$/)
  t.equal(await print(`# more\n\n${pod('a', '/run')}`), one)
  t.not(await print(pod('b', '/run')), one)
  t.not(await print(pod('a', '/run/spire')), one)
})

t.test(
  'a job of GitHub gets one workflow command for each finding, nothing of it an injection',
  async (t) => {
    const file = 'a,b:c.yaml'
    process.chdir(t.testdir({ [file]: `${bad}---\n${pod('cri', '/run/containerd')}---\na: [\n` }))
    const { out, code } = await runCommand(check, [file, '-o', 'github'])
    t.equal(code, exitCodes.findingsAndUsage)
    const lines = out.trimEnd().split('\n')
    t.match(
      lines[0],
      /^::error file=a%2Cb%3Ac\.yaml,line=6,col=\d+,title=HostPathReachesSocket::Pod\/evil/
    )
    t.match(lines[0], /evil\\u000a::error::%25,"<&>\\u0001: hostPath volume/)
    t.match(
      lines[1],
      /^::warning file=a%2Cb%3Ac\.yaml,line=\d+,col=\d+,title=ContainerRuntimeSocket::Pod\/cri: /
    )
    t.match(lines[2], /^::error title=not readable::a,b:c\.yaml:\d+:\d+: Flow sequence/)
    t.equal(lines[3], '2 objects read, 2 judged: 1 refusal, 1 warning, 1 thing could not be read')
    t.equal(lines.length, 4)
    const stdin = await runCommand(check, ['-', '-o', 'github'], { stdin: pod('a', '/run') })
    t.match(
      stdin.out,
      /^::error title=HostPathReachesSocket::Pod\/a: /,
      'standard input has no lines to show'
    )
  }
)

/** Reads XML as far as this needs: each tag closed in its order, every attribute quoted, every & an escape. */
function xmlTags(text: string): readonly string[] {
  const open: string[] = []
  const tags: string[] = []
  const body = text.replace(/^<\?xml [^>]*\?>\n/, '')
  const token =
    /<(\/?)([a-z-]+)((?: [a-z]+="[^"<&]*(?:&(?:amp|lt|gt|quot|#10);[^"<&]*)*")*)(\/?)>|[^<&]+|&(?:amp|lt|gt|quot|#10);/gy
  while (token.lastIndex < body.length) {
    const at = token.lastIndex
    const match = token.exec(body)
    if (match === null) throw new Error(`not XML at ${JSON.stringify(body.slice(at, at + 60))}`)
    const [, close, name, , empty] = match
    if (name === undefined) continue
    if (close === '/' && open.pop() !== name) throw new Error(`</${name}> closes another`)
    if (close === '' && empty === '') open.push(name)
    if (close === '') tags.push(name)
  }
  if (open.length > 0) throw new Error(`${open.join()} stay open`)
  return tags
}

t.test('JUnit is written in any case, and is XML whatever the names are', async (t) => {
  for (const [args, stdin, code] of calls) {
    const ran = await runCommand(check, [...args, '-o', 'junit'], { stdin })
    t.equal(ran.code, code, args.join(' '))
    const tags = xmlTags(ran.out)
    const count = (name: string): number => tags.filter((tag) => tag === name).length
    const counts = new RegExp(
      `^<testsuites tests="${count('testcase')}" failures="${count('failure')}" errors="${count('error')}">$`,
      'm'
    )
    t.match(ran.out, counts)
    t.equal(count('error'), code >= exitCodes.usage ? 1 : 0, args.join(' '))
  }
  const { out } = await runCommand(check, ['-', '-o', 'junit'], {
    stdin: `${pod('a', '/run')}---\n${pod('b', '/run/containerd')}`
  })
  t.match(
    out,
    /<testcase classname="-" name="Pod\/a" file="-"><failure type="refused" message="HostPathReachesSocket">-:6:/
  )
  t.match(
    out,
    /<testcase classname="-" name="Pod\/b" file="-"><system-out>-:13:\d+: ContainerRuntimeSocket: /
  )
})
