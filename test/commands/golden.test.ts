import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import t, { type Test } from 'tap'
import { check } from '../../src/commands/check/check.ts'
import { inject } from '../../src/commands/inject/inject.ts'
import { runCommand } from './run-command.ts'

/** What is run in a folder of test/fixtures/manifests, and the file that standard output must equal. */
const goldens: readonly (readonly [folder: string, args: readonly string[], output: string])[] = [
  ['inject/kinds', ['-f', 'input.yaml'], 'output.yaml'],
  ['inject/kinds', ['-f', 'input.yaml', '-o', 'diff'], 'output.diff'],
  ['inject/kinds', ['-f', 'input.yaml', '-n', 'sock-shop', '-o', 'patch'], 'patch.json'],
  ['inject/kinds', ['-f', 'input.yaml', '-o', 'json'], 'objects.json'],
  ['inject/kinds', ['-f', 'input.yaml', '--namespace-labels', 'a=b'], 'not-opted-in.yaml'],
  ['inject/broken', ['-f', 'input.yaml'], 'output.yaml'],
  ['inject/namespaces', ['-f', 'input.yaml'], 'output.yaml'],
  ['inject/anchors', ['-f', 'input.yaml'], 'output.yaml'],
  ['inject/json', ['-f', 'input.json'], 'output.json'],
  ['inject/recorded-pod', ['-f', 'input.yaml', '-o', 'diff'], 'output.diff'],
  ['inject/refused', ['-f', 'input.yaml'], 'output.yaml'],
  ['inject/custom-kinds', ['input.yaml'], 'output.yaml'],
  ['inject/custom-kinds', ['input.yaml', '-o', 'patch'], 'patch.json'],
  ['check/custom-kinds', ['input.yaml'], 'output.txt'],
  ['check/custom-kinds', ['input.yaml', '-o', 'json'], 'output.json'],
  ['check/excluded', ['input.yaml'], 'output.txt'],
  ['check/excluded', ['input.yaml', '--include-excluded'], 'included.txt'],
  ['check/excluded', ['input.yaml', '--config', 'config.yaml'], 'configured.txt'],
  ['check/mixed', ['-f', 'input.yaml'], 'output.txt'],
  ['check/mixed', ['-f', 'input.yaml', '-o', 'json'], 'output.json'],
  ['check/mixed', ['-f', 'input.yaml', '-o', 'sarif'], 'output.sarif'],
  [
    'check/exemptions',
    ['-f', 'input.yaml', '-n', 'spire-system', '--config', 'config.yaml'],
    'output.txt'
  ],
  ['check/exemptions', ['-f', 'input.yaml', '--config', 'config.yaml'], 'elsewhere.txt'],
  ['check/scope', ['-f', 'input.yaml', '--scope', 'optedIn'], 'output.txt']
]

const commands = { inject, check }
const root = join(import.meta.dirname, '../fixtures/manifests')

t.test('each command prints what its golden file holds', async (t) => {
  for (const [folder, args, output] of goldens) {
    process.chdir(join(root, folder))
    const name = folder.split('/')[0] as keyof typeof commands
    const { code, out, err } = await runCommand(commands[name], args)
    compare(t, folder, output, out)
    compare(
      t,
      folder,
      reportOf(output),
      `$ spiffe-webhook ${name} ${args.join(' ')}\n${err}exit code ${code}\n`
    )
  }
})

/** Standard error and the exit code stand beside the output. */
const reportOf = (output: string): string => `${output}.report`

function compare(t: Test, folder: string, file: string, text: string): void {
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text)
  t.equal(text, readFileSync(file, 'utf8'), `${folder}/${file}`)
}

t.test('no golden file is left over, and each input is used', async (t) => {
  const used = new Set(
    goldens.flatMap(([folder, args, output]) =>
      [output, reportOf(output), ...args.filter((arg) => /^\w+\.\w+$/.test(arg))].map((file) =>
        join(folder, file)
      )
    )
  )
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + sep.length))
  t.same(files.toSorted(), [...used].toSorted())
})

t.test('what inject printed, it leaves alone the second time', async (t) => {
  for (const [folder, , output] of goldens.filter(([folder]) => folder.startsWith('inject/'))) {
    if (!/^output\.(yaml|json)$|^objects/.test(output)) continue
    process.chdir(join(root, folder))
    const once = readFileSync(output, 'utf8')
    const format = output === 'objects.json' ? ['-o', 'json'] : []
    const { out } = await runCommand(inject, ['-f', '-', ...format], { stdin: once })
    t.equal(out, once, `${folder}/${output}`)
  }
})
