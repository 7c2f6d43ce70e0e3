/** The npm package in an empty folder, by npx, on real releases of Node. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { gzip, tar } from '../../release/archive.ts'
import { npmPackage } from '../../release/npm-package.ts'
import { buildProgram } from '../../release/program.ts'
import { projectRoot, projectVersion } from '../../release/project.ts'
import { programSbom } from '../../release/sbom.ts'
import { execute, type Outcome } from '../lab/execute.ts'

t.setTimeout(1_800_000)

const folder = mkdtempSync(join(tmpdir(), 'spiffe-webhook-npx-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const tarball = join(folder, 'spiffe-webhook.tgz')
const release = {
  version: projectVersion(),
  source: 'https://spiffe-webhook.example',
  image: 'registry.example/spiffe-webhook',
  date: '2026-11-28'
}

t.before(async () => {
  const { bundle, packages, notices } = await buildProgram()
  const papers = { notices, sbom: programSbom(release, packages) }
  writeFileSync(tarball, gzip(await tar(npmPackage('package', release, bundle, papers))))
})

/** Node of one release line from npm, and npx on it in a folder that holds nothing. */
const npxOn = async (line: string): Promise<(script: string) => Promise<Outcome>> => {
  const home = join(folder, line)
  const empty = join(home, 'empty')
  mkdirSync(empty, { recursive: true })
  const name = `node-linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}`
  const quiet = ['--no-audit', '--no-fund', '--silent']
  await execute('npm', ['install', ...quiet, '--prefix', home, `${name}@${line}`])
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    XDG_CACHE_HOME: join(home, 'cache'),
    npm_config_cache: join(home, 'npm'),
    PATH: `${join(home, 'node_modules/.bin')}:${process.env.PATH}`
  }
  const { stdout } = await execute('node', ['--version'], { env, folder: empty })
  t.match(stdout, `v${line.split('.')[0]}.`)
  return (script) => {
    const npx = ['--yes', '--offline', `--package=${tarball}`, '--call', script]
    return execute('npx', npx, { env, folder: empty, allowFailure: true })
  }
}

const input = join(projectRoot, 'test/fixtures/manifests/check/mixed/input.yaml')
const everyCommand = `
spiffe-webhook --version && spiffe-webhook policy
spiffe-webhook check -f ${input}
echo "check: $?"
spiffe-webhook verify --kubeconfig /nowhere
echo "verify: $?"
`

for (const line of ['22.19', '22', '24']) {
  t.test(`Node ${line} runs every command`, async (t) => {
    const { stdout, stderr } = await (await npxOn(line))(everyCommand)
    t.match(stdout, new RegExp(`^${projectVersion().replaceAll('.', '\\.')}$`, 'm'))
    t.match(stdout, /kind: ValidatingAdmissionPolicy/)
    t.match(stdout, /HostPathReachesSocket[\s\S]*check: 1$/m)
    t.match(stdout, /^verify: (64|69)$/m, stderr)
    t.notMatch(stderr, /ERR_|TypeError|at .*mjs/)
  })
}

for (const line of ['20.19', '20']) {
  t.test(`Node ${line} says in one sentence what is needed`, async (t) => {
    const { code, stdout, stderr } = await (await npxOn(line))('spiffe-webhook --version')
    t.equal(code, 70)
    t.equal(stdout, '')
    t.match(stderr, /^spiffe-webhook: Node v20\.\d+\.\d+ is too old: use Node 22\.19 or newer$/m)
  })
}
