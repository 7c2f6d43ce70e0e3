import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { projectRoot } from '../../release/project.ts'
import { buildTools } from '../lab/build-tools.ts'
import { execute } from '../lab/execute.ts'
import { tool } from '../lab/toolchain.ts'

t.setTimeout(600_000)

t.test('actionlint finds nothing in the workflows', async (t) => {
  await buildTools(['actionlint/actionlint'], (line) => process.stderr.write(`${line}\n`))
  const { binary } = tool('actionlint/actionlint')
  const folder = join(projectRoot, '.github/workflows')
  const files = readdirSync(folder).map((name) => join(folder, name))
  const lint = (...args: string[]) => execute(binary, args, { allowFailure: true })
  t.match(await lint('-no-color', ...files), { code: 0, stdout: '' })
  const wrong = execute(binary, ['-no-color', '-'], {
    input: `on: push\njobs: {a: {runs-on: ubuntu-24.04, steps: [{run: "echo $\{{ github.nothing }}"}]}}\n`,
    allowFailure: true
  })
  t.match(await wrong, { code: 1, stdout: /property "nothing" is not defined/ }, 'it does look')
})
