/** What docs/guides/install.md says of krew and kustomize, with the real ones on the files of a release. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parseAllDocuments, stringify } from 'yaml'
import { gzip, tar } from '../../release/archive.ts'
import { chartEntries } from '../../release/charts.ts'
import { writeManifests } from '../../release/manifests.ts'
import { nodeBinary } from '../../release/node-binary.ts'
import { npmPackage } from '../../release/npm-package.ts'
import { digestOf } from '../../release/oci.ts'
import { krewManifest, pluginEntries } from '../../release/plugin.ts'
import { buildProgram } from '../../release/program.ts'
import { projectVersion, readProject } from '../../release/project.ts'
import { programSbom } from '../../release/sbom.ts'
import { buildTools } from '../lab/build-tools.ts'
import { execute, type Outcome } from '../lab/execute.ts'
import { tool } from '../lab/toolchain.ts'

t.setTimeout(1_200_000)
const version = projectVersion()
const release = {
  version,
  source: 'https://spiffe-webhook.example',
  image: 'registry.example/spiffe-webhook',
  date: '2026-11-28'
}
const guide = readProject('docs/guides/install.md')
const top = mkdtempSync(join(tmpdir(), 'spiffe-webhook-ways-'))
t.teardown(() => rmSync(top, { recursive: true }))
const folder = join(top, version)
const bin = join(top, 'bin')

const bash = (command: string): Promise<Outcome> =>
  execute('bash', ['-euo', 'pipefail', '-c', command], {
    folder,
    allowFailure: true,
    env: { PATH: `${bin}:${join(top, '.krew/bin')}:/usr/bin:/bin`, HOME: top, VERSION: version }
  })

t.before(async () => {
  await buildTools(['krew/krew', 'kubernetes/kubectl'], (line) => process.stderr.write(`${line}\n`))
  for (const path of [folder, bin]) mkdirSync(path)
  symlinkSync(tool('kubernetes/kubectl').binary, join(bin, 'kubectl'))
  symlinkSync(tool('krew/krew').binary, join(bin, 'kubectl-krew'))
})

t.test('krew installs the plugin as the page says, and kubectl runs it', async (t) => {
  const { bundle, packages, notices } = await buildProgram()
  const papers = { notices, sbom: programSbom(release, packages) }
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
  const files = npmPackage('plugin', release, bundle, papers)
  const packed = gzip(await tar(pluginEntries(files, await nodeBinary(architecture))))
  const platform = `linux-${architecture}` as const
  const file = `kubectl-spiffe_webhook-${version}-${platform}.tar.gz`
  writeFileSync(join(folder, file), packed)
  const sha256 = digestOf(packed).replace('sha256:', '')
  const manifest = krewManifest(release, [{ platform, file, sha256 }])
  writeFileSync(join(folder, 'spiffe-webhook.krew.yaml'), manifest)
  const command = /`(kubectl krew install [^`]+)`/.exec(guide)?.[1] ?? ''
  const installed = await bash(command.replace('amd64', architecture))
  t.equal(installed.code, 0, installed.stderr)
  t.match(await bash('kubectl spiffe-webhook --version'), { code: 0, stdout: `${version}\n` })
})

t.test('an overlay of kustomize puts another registry in place of the one named', async (t) => {
  t.match(guide, '`resources: [../0.2.0]`'.replace('0.2.0', version))
  const digest = `sha256:${'0'.repeat(64)}`
  const notes = { text: '', changes: [] }
  const chart = join(folder, `spiffe-webhook-${version}.tgz`)
  const entries = chartEntries('spiffe-webhook', { release, notes, digest })
  writeFileSync(chart, gzip(await tar(entries)))
  await writeManifests(folder, release, chart)
  const overlay = join(top, 'overlay')
  mkdirSync(overlay)
  const kustomization = {
    resources: [`../${version}`],
    images: [{ name: release.image, newName: 'registry.test/mirror' }]
  }
  writeFileSync(join(overlay, 'kustomization.yaml'), stringify(kustomization))
  const { code, stdout, stderr } = await bash('kubectl kustomize ../overlay')
  t.equal(code, 0, stderr)
  const objects = parseAllDocuments(stdout).map((document) => document.toJS())
  const plain = await execute('cat', [join(folder, 'install.yaml')])
  const rendered = parseAllDocuments(plain.stdout).map((document) => document.toJS())
  const named = (all: readonly { kind: string; metadata: { name: string } }[]): string[] =>
    all.map(({ kind, metadata }) => `${kind}/${metadata.name}`).toSorted()
  t.same(named(objects), named(rendered.filter(Boolean)))
  const deployment = objects.find(({ kind }) => kind === 'Deployment')
  const [{ image }] = deployment.spec.template.spec.containers
  t.equal(image, `registry.test/mirror@${digest}`)
})
