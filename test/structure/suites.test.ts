import { globSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')
const { scripts } = await import('../../package.json', { with: { type: 'json' } }).then(
  (module) => module.default
)

t.test('test:everything names the folder of every such suite', async (t) => {
  const suites = globSync('test/**/*.everything.ts', { cwd: root })
  t.ok(suites.length > 10, `${suites.length} suites`)
  for (const suite of suites) {
    const pattern = suite.replace(/[^/]+(?=\.everything\.ts$)/, '*')
    t.ok(scripts['test:everything'].split(' ').includes(pattern), suite)
  }
})
