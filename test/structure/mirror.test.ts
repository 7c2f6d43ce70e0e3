import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')

/** Folders of test that test no single folder of src. */
const apart = new Set([
  'api-server',
  'bench',
  'charts',
  'fixtures',
  'generate',
  'lab',
  'properties',
  'release',
  'soak',
  'structure',
  'system'
])

/** Files that test several of a folder together, and what of. */
const together: Readonly<Record<string, string>> = {
  'test/commands/check/formats.test.ts': 'the reports of check for machines',
  'test/commands/check/memory.test.ts': 'check on many documents',
  'test/commands/check/pipelines.test.ts': 'action.yml',
  'test/commands/check/readme.test.ts': 'check as the README shows it',
  'test/commands/golden.test.ts': 'check and inject over whole files',
  'test/commands/serve-config.test.ts': 'serve with every configuration of the fixtures',
  'test/commands/serve-log.test.ts': 'serve when its log cannot be written',
  'test/inject/goldens.test.ts': 'inject over whole pods',
  'test/inject/messages.test.ts': 'the sentences of inject',
  'test/inject/second-call.test.ts': 'inject twice',
  'test/guard/daemon-sets.test.ts': 'the answer to fifty node agents',
  'test/guard/too-many-findings.test.ts': 'every rule together',
  'test/server/drain.test.ts': 'the server when it ends',
  'test/server/measure.test.ts': 'the metrics of the server',
  'test/server/ipv6.test.ts': 'the server on both families of addresses',
  'test/server/rolling-restart.test.ts': 'the server when it is replaced',
  'test/verify/reasons.test.ts': 'reasons, findings and checks'
}

t.test('a test is where the file or folder is that it tests', async (t) => {
  for (const test of globSync('test/**/*.test.ts', { cwd: root })) {
    if (apart.has(test.split('/')[1] ?? '') || Object.hasOwn(together, test)) continue
    const path = test.replace('test/', 'src/').replace('.test.ts', '')
    t.ok(existsSync(join(root, `${path}.ts`)) || existsSync(join(root, path)), `${test}: ${path}`)
  }
})

t.test('no exception is left over', async (t) => {
  for (const test of Object.keys(together)) t.ok(existsSync(join(root, test)), test)
})
