/** Two builds of one commit, in two folders and on what differs between two machines, have the same bytes. */
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import { projectRoot, revision } from '../../release/project.ts'
import { execute } from '../lab/execute.ts'

t.setTimeout(1_200_000)

interface Machine {
  readonly name: string
  readonly zone: string
  readonly umask: string
}

const commit = revision() ?? ''
const folder = mkdtempSync(join(tmpdir(), 'spiffe-webhook-twice-'))
t.teardown(() => rmSync(folder, { recursive: true }))

/** Builds in a clone of this commit, with the packages of this checkout. */
const build = async ({ name, zone, umask }: Machine): Promise<ReadonlyMap<string, string>> => {
  const clone = join(folder, name, 'checkout')
  await execute('git', ['clone', '--quiet', '--local', projectRoot, clone])
  // Whatever is committed here meanwhile.
  await execute('git', ['-C', clone, 'checkout', '--quiet', '--detach', commit])
  cpSync(join(projectRoot, 'node_modules'), join(clone, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true
  })
  const out = join(folder, name, 'release')
  const script = `umask ${umask} && exec "${process.execPath}" release/main.ts --out "${out}"`
  const path = `${dirname(process.execPath)}:${process.env.PATH}`
  const env = { ...process.env, TZ: zone, PATH: path }
  await execute('sh', ['-c', script], { folder: clone, env })
  const files = readdirSync(out).toSorted()
  return new Map(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(out, file)))
        .digest('hex')
    ])
  )
}

t.test('every artefact has the same bytes', async (t) => {
  const first = await build({ name: 'a', zone: 'UTC', umask: '022' })
  const second = await build({ name: 'a/longer/name', zone: 'Asia/Tokyo', umask: '077' })
  t.ok(first.size > 15, `${first.size} files`)
  t.same([...second.keys()], [...first.keys()])
  for (const [file, sum] of first) t.equal(second.get(file), sum, file)
})
