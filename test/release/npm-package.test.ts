import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { gzip, tar } from '../../release/archive.ts'
import { npmPackage } from '../../release/npm-package.ts'
import { buildProgram } from '../../release/program.ts'
import { projectRoot, projectVersion } from '../../release/project.ts'

t.setTimeout(90_000)

const release = {
  version: projectVersion(),
  source: 'https://spiffe-webhook.example',
  image: 'registry.example/spiffe-webhook',
  date: '2026-11-28'
}
// Outside the checkout, whose packages Node and npm would find.
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'spiffe-webhook-npm-')))
t.teardown(() => rmSync(folder, { recursive: true }))
const installed = join(folder, 'node_modules/spiffe-webhook')

const run = (args: readonly string[], more: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), ...more }
  })
const program = (...args: readonly string[]): SpawnSyncReturns<string> =>
  run([join(installed, 'bin.js'), ...args])

t.before(async () => {
  const { bundle, notices } = await buildProgram()
  const entries = npmPackage('package', release, bundle, { notices, sbom: '{}' })
  writeFileSync(join(folder, 'x.tgz'), gzip(await tar(entries)))
  const npm = ['install', '--offline', '--no-audit', '--no-fund', '--no-save', './x.tgz']
  const { status, stderr } = spawnSync('npm', npm, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
})

t.test('the package brings no other and runs no script', async (t) => {
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  const { name, bin, engines } = manifest
  t.match({ name, bin, engines }, { name: 'spiffe-webhook', bin: { 'spiffe-webhook': 'bin.js' } })
  t.notMatch(Object.keys(manifest).join(), /dependencies|scripts/i)
  const others = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))
  t.same(others, ['spiffe-webhook'])
})

t.test('the papers are there', async (t) => {
  for (const name of ['LICENSE', 'NOTICE', 'THIRD-PARTY-NOTICES.txt', 'sbom.cdx.json']) {
    t.ok(existsSync(join(installed, name)), name)
  }
})

t.test('it runs where there is no checkout', async (t) => {
  t.equal(program('--version').stdout, `${projectVersion()}\n`)
  t.match(program('--help').stdout, /^Usage: spiffe-webhook COMMAND/)
  t.match(program('policy').stdout, /kind: ValidatingAdmissionPolicy/)
  const pod = join(projectRoot, 'test/fixtures/manifests/check/mixed/input.yaml')
  const check = program('check', '-f', pod)
  t.equal(check.status, 1)
  t.match(check.stdout, /HostPathReachesSocket/)
  const verify = run([join(installed, 'bin.js'), 'verify'], { KUBECONFIG: join(folder, 'none') })
  t.notMatch(verify.stderr, /Cannot find|ERR_/)
})

t.test('the compiled code is kept in a folder of the user alone', async (t) => {
  t.ok(existsSync(join(folder, 'cache/spiffe-webhook/compile-cache')))
})

t.test('an older Node gets one sentence that says which is needed', async (t) => {
  // A stand-in for an old Node: the everything suite takes real ones.
  const old = join(folder, 'old.mjs')
  writeFileSync(old, "Object.defineProperty(process.versions, 'node', { value: '20.19.0' })\n")
  const { status, stdout, stderr } = run(['--import', old, join(installed, 'bin.js'), '--version'])
  t.equal(status, 70)
  t.equal(stdout, '')
  t.match(stderr, /^spiffe-webhook: Node v[\d.]+ is too old: use Node 22\.19 or newer\n$/)
  const { engines } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  t.equal(engines.node, '>=22.19', 'as package.json says')
})
