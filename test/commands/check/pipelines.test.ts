import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { exitCodes } from '../../../src/commands/io.ts'

const root = join(import.meta.dirname, '../../..')

interface Step {
  readonly id?: string
  readonly run: string
  readonly env?: Readonly<Record<string, string>>
}

const action: {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>
  readonly outputs: Readonly<Record<string, { readonly value: string }>>
  readonly runs: { readonly steps: readonly Step[] }
} = parse(readFileSync(join(root, 'action.yml'), 'utf8'))

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly outputs: string
}

/** Runs the steps of action.yml as a runner does: bash -eo pipefail, inputs put into their expressions. */
function runAction(cwd: string, inputs: Readonly<Record<string, string>>): Ran {
  const output = join(cwd, 'github-output')
  writeFileSync(output, '')
  let out = ''
  for (const { run, env = {} } of action.runs.steps) {
    const values = Object.entries(env).map(([name, text]) => [
      name,
      text.replace(/\$\{\{ inputs\.([a-z-]+) \}\}/, (_, input: string) => {
        if (!(input in action.inputs)) throw new Error(`${input} is not an input`)
        return inputs[input] ?? action.inputs[input]?.default ?? ''
      })
    ])
    const ran = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
      cwd,
      encoding: 'utf8',
      env: {
        ...process.env,
        ...Object.fromEntries(values),
        GITHUB_ACTION_PATH: root,
        GITHUB_OUTPUT: output
      }
    })
    out += ran.stdout + ran.stderr
    if (ran.status !== 0) return { code: ran.status, out, outputs: readFileSync(output, 'utf8') }
  }
  return { code: 0, out, outputs: readFileSync(output, 'utf8') }
}

const pod = (path: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {volumes: [{name: v, hostPath: {path: ${path}}}]}\n`

t.test('the steps of the GitHub Action run, with their inputs', async (t) => {
  const dir = t.testdir({
    'a file.yaml': pod('/run/spire'),
    more: { 'b.yaml': pod('/run/containerd'), 'c.yaml': 'a: [' },
    'clean.yaml': pod('/data'),
    'config.yaml':
      'guard: {exemptions: [{namespace: default, serviceAccount: default, paths: [/run/spire]}]}\n'
  })
  const refused = runAction(dir, {
    paths: 'a file.yaml\nmore\n',
    exclude: 'c.yaml',
    'sarif-file': 'check.sarif'
  })
  t.equal(refused.code, exitCodes.findings, refused.out)
  t.match(refused.out, /^::error file=a file\.yaml,line=4,col=\d+,title=HostPathReachesSocket::/m)
  t.match(refused.out, /^::warning file=more\/b\.yaml,/m)
  t.equal(refused.outputs, 'exit-code=1\n')
  const sarif = JSON.parse(readFileSync(join(dir, 'check.sarif'), 'utf8'))
  t.equal(sarif.runs[0].results.length, 2)
  const both = runAction(dir, { paths: 'a file.yaml\nmore/c.yaml' })
  t.equal(both.code, exitCodes.findingsAndUsage)
  t.equal(runAction(dir, { paths: 'clean.yaml' }).code, exitCodes.clean)
  t.equal(runAction(dir, { paths: 'more/b.yaml', strict: 'true' }).code, exitCodes.findings)
  const missing = runAction(dir, { paths: 'missing.yaml', 'sarif-file': 'missing.sarif' })
  t.equal(missing.code, exitCodes.usage)
  t.match(JSON.parse(readFileSync(join(dir, 'missing.sarif'), 'utf8')), { version: '2.1.0' })
})

t.test('an input is never a command', async (t) => {
  const dir = t.testdir({ 'clean.yaml': pod('/data') })
  const evil = '$(touch evil) `touch evil`; touch evil'
  runAction(dir, { paths: `clean.yaml\n${evil}`, exclude: evil, scope: evil, config: evil })
  t.throws(() => readFileSync(join(dir, 'evil')), { code: 'ENOENT' })
  t.match(action.outputs['exit-code']?.value, ' steps.check.outputs.exit-code ')
})
