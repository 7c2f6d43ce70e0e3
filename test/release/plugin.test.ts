import { spawnSync } from 'node:child_process'
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import type { Entry } from '../../release/archive.ts'
import { krewManifest, pluginEntries } from '../../release/plugin.ts'

const release = {
  version: '0.2.0',
  source: 'https://spiffe-webhook.example',
  image: 'registry.example/spiffe-webhook',
  date: '2026-11-28'
}
const said = "process.stdout.write(process.argv.slice(2).join('|'))\n"
const files: readonly Entry[] = [
  { path: 'plugin/package.json', content: '{"type": "module"}' },
  { path: 'plugin/bin.js', content: `#!/usr/bin/env node\nimport './lib/x.mjs'\n`, mode: 0o755 },
  { path: 'plugin/lib/x.mjs', content: said }
]

/** Lays the files out as krew does, and calls the plugin through a link as kubectl finds it. */
function call(t: Test, entries: readonly Entry[], node: string): string {
  const folder = t.testdir()
  for (const { path, content = '', mode } of entries) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    if (path === 'plugin/node') symlinkSync(node, join(folder, path))
    else writeFileSync(join(folder, path), content, { mode: mode ?? 0o644 })
  }
  mkdirSync(join(folder, 'bin'))
  const link = join(folder, 'bin/kubectl-spiffe_webhook')
  symlinkSync('../plugin/kubectl-spiffe_webhook', link)
  const env = { PATH: `${dirname(node)}:/usr/bin:/bin` }
  // Without the hooks that tap gives to every process below it.
  const args = ['-u', 'NODE_OPTIONS', link, 'verify', 'a b']
  const { stdout, stderr } = spawnSync('env', args, { encoding: 'utf8', env })
  return stdout + stderr
}

const node = realpathSync(process.execPath)

t.test('the plugin for any machine runs on the Node that is there', async (t) => {
  t.equal(call(t, pluginEntries(files), node), 'verify|a b')
})

t.test('the plugin for Linux runs on the Node that it brings', async (t) => {
  const [program, licence] = [Buffer.from(''), Buffer.from('text')]
  const parts = { version: '24', program, licence, integrity: '', packageName: '' }
  const entries = pluginEntries(files, parts)
  t.ok(entries.some(({ path }) => path === 'plugin/NODE-LICENSE'))
  t.equal(call(t, entries, node), 'verify|a b')
})

t.test('the krew manifest names each archive with its sum', async (t) => {
  const archives = (['linux-amd64', 'linux-arm64', 'any'] as const).map((platform) => ({
    platform,
    file: `${platform}.tar.gz`,
    sha256: 'a'.repeat(64)
  }))
  const { metadata, spec } = parse(krewManifest(release, archives))
  t.equal(metadata.name, 'spiffe-webhook')
  t.equal(spec.version, 'v0.2.0')
  t.match(spec.platforms, [
    {
      selector: { matchLabels: { os: 'linux', arch: 'amd64' } },
      uri: 'https://spiffe-webhook.example/releases/download/v0.2.0/linux-amd64.tar.gz',
      sha256: 'a'.repeat(64),
      bin: 'kubectl-spiffe_webhook'
    },
    { selector: { matchLabels: { os: 'linux', arch: 'arm64' } } },
    { selector: { matchExpressions: [{ key: 'os', operator: 'In', values: ['darwin'] }] } }
  ])
  t.ok(spec.shortDescription.length <= 50, 'krew wants it short')
})
