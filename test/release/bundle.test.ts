import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { bundle } from '../../release/bundle.ts'
import { loadConfig } from '../../src/config/load.ts'
import { defaultConfig } from '../config/default-config.ts'

const { files, metafile } = await bundle()

/** The files that are loaded with the part made of this source, before anything is asked for later. */
function loadedWith(source: string): readonly string[] {
  const outputs = Object.entries(metafile.outputs)
  const [entry = ''] = outputs.find(([, { entryPoint }]) => entryPoint === source) ?? []
  const loaded = new Set([entry])
  for (const name of loaded) {
    for (const { path, kind, external } of metafile.outputs[name]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) loaded.add(path)
    }
  }
  return [...loaded]
}

/** The bundle in a folder without node_modules, three levels below the fixtures that the demo reads. */
function unpacked(t: Test): string {
  const above = mkdtempSync(join(tmpdir(), 'spiffe-webhook-bundle-'))
  t.teardown(() => rmSync(above, { recursive: true }))
  symlinkSync(join(import.meta.dirname, '..'), join(above, 'test'))
  const folder = join(above, 'one/two/three')
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of files) writeFileSync(join(folder, name), content)
  return folder
}

t.test('it makes certificates, with what is loaded only then', (t) => {
  const options = { cwd: unpacked(t), encoding: 'utf8' } as const
  const { status, stderr } = spawnSync(process.execPath, ['spiffe-webhook.mjs', 'demo'], options)
  t.equal(status, 0, stderr)
  t.end()
})

t.test(
  'serve starts without the Kubernetes client, its undici, and what makes certificates',
  (t) => {
    const inputs = loadedWith('src/commands/serve.ts').flatMap((name) =>
      Object.keys(metafile.outputs[name]?.inputs ?? {})
    )
    t.ok(inputs.includes('src/server/app.ts'))
    t.notMatch(inputs.join('\n'), /@kubernetes\/|undici|selfsigned|@peculiar\//)
    t.end()
  }
)

t.test('node:http is not imported: that would load all of undici', (t) => {
  for (const [name, { imports }] of Object.entries(metafile.outputs)) {
    const http = imports.filter(
      ({ path, kind }) => /^(node:)?http$/.test(path) && kind !== 'require-call'
    )
    t.same(http, [], name)
  }
  t.end()
})

t.test('the compiled schema says what ajv says in a checkout', (t) => {
  const folder = unpacked(t)
  const config = join(folder, 'config.json')
  const serve = (value: unknown): { readonly stdout: string; readonly stderr: string } => {
    writeFileSync(config, JSON.stringify(value))
    const args = ['spiffe-webhook.mjs', 'serve', '--print-config', '--config', 'config.json']
    return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  }
  t.strictSame(parse(serve({}).stdout), defaultConfig)
  const faulty = {
    server: { port: 'x', bodyLimit: 1, host: '' },
    certificates: { mode: 'none', dnsNames: [] },
    guard: { nonsense: true, aliases: { run: ['/var/run'] }, exemptions: [{}] },
    inject: { mountPaths: ['relative'], socketFile: 'a/b' }
  }
  const { stderr } = serve(faulty)
  const loaded = loadConfig({ file: config })
  const errors = 'errors' in loaded ? loaded.errors : []
  t.ok(errors.length > 8, `${errors.length} faults`)
  const said = stderr.split('\n').filter((line) => line.includes('config.json'))
  t.same(
    said,
    errors.map((error) => `spiffe-webhook serve: ${error.replace(config, 'config.json')}`)
  )
  t.end()
})

t.test('what is CommonJS and loaded late is read by its default export', async (t) => {
  // Node finds the names of a CommonJS module's exports; a bundle has the default alone.
  const texts = [...files].map(
    ([name, content]) => [name, Buffer.from(content).toString()] as const
  )
  const chunks = texts.filter(([, text]) => /export default \w+\(\);\s*$/.test(text))
  t.ok(chunks.length > 0, chunks.map(([name]) => name).join())
  for (const [name] of chunks) {
    const readers = new RegExp(`import\\("\\./${name}"\\)\\)([.\\w]*)`, 'g')
    for (const [, text] of texts) {
      for (const [, read = ''] of text.matchAll(readers)) t.match(read, /^\.default\b/, name)
    }
  }
})
