import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { chartsFolder, outputs } from '../../generate/outputs.ts'

const main = join(import.meta.dirname, '../../generate/main.ts')

function run(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8'
  })
  return { code: status, out: stdout, err: stderr }
}

await t.test('what is committed below charts/ is up to date', async (t) => {
  t.match(run('--check'), { code: 0, out: '', err: '' })
})

const isWritten = (file: string, text: string): boolean =>
  existsSync(file) && readFileSync(file, 'utf8') === text

await t.test('what is missing or old is named by the check and written without it', async (t) => {
  const read = (path: string): string => readFileSync(join(chartsFolder, path), 'utf8')
  const sources = (
    chart: string,
    ...files: readonly string[]
  ): Record<string, string | Record<string, string>> => ({
    'values.yaml': read(`${chart}/values.yaml`),
    'README.md': read(`${chart}/README.md`),
    files: Object.fromEntries(files.map((name) => [name, read(`${chart}/files/${name}`)]))
  })
  const root = t.testdir({
    charts: {
      'spiffe-webhook': sources('spiffe-webhook', 'alerts.yaml', 'names-of-habit.yaml'),
      'workload-api': {
        ...sources('workload-api', 'names-of-habit.yaml'),
        'values.schema.json': '{}\n'
      }
    }
  })
  const folder = join(root, 'charts')
  const stale = run('--check', folder)
  t.equal(stale.code, 1)
  const missing = [...outputs(folder)]
    .filter(([path, text]) => !isWritten(join(folder, path), text))
    .map(([path]) => path)
  t.ok(missing.length > 4)
  t.same(
    stale.err.trim().split('\n'),
    missing.map((path) => `${join('charts', path)} is out of date: run npm run generate`)
  )
  const written = run(folder)
  t.match(written, { code: 0, err: '' })
  t.equal(written.out.trim().split('\n').length, missing.length)
  t.match(run('--check', folder), { code: 0, out: '', err: '' })
  writeFileSync(join(folder, 'workload-api/values.yaml'), 'a: 1\n')
  t.match(run('--check', folder).err, /a has no comment that opens with --/)
  writeFileSync(join(folder, 'spiffe-webhook/values.yaml'), 'inject: {}\n')
  t.match(run('--check', folder).err, /values\.yaml lacks the mark of the section inject/)
})
