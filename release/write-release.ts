import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzip, tar } from './archive.ts'
import type { Bundle } from './bundle.ts'
import type { Notes } from './changelog.ts'
import { chartEntries, chartNames } from './charts.ts'
import { imageArchive } from './image.ts'
import { writeManifests } from './manifests.ts'
import { architectures, nodeBinary } from './node-binary.ts'
import { npmPackage, type Papers } from './npm-package.ts'
import { digestOf } from './oci.ts'
import { krewManifest, type PluginArchive, type PluginPlatform, pluginEntries } from './plugin.ts'
import { buildProgram } from './program.ts'
import { type Release, readProject } from './project.ts'
import { programSbom } from './sbom.ts'

/** Writes every artefact of a release into a new folder; answers a line for each with its size. */
export async function writeRelease(
  folder: string,
  release: Release,
  notes: Notes
): Promise<readonly string[]> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const write = (name: string, content: Uint8Array | string): void =>
    writeFileSync(join(folder, name), content)
  const { version } = release

  const program = await buildProgram()
  const papers = { notices: program.notices, sbom: programSbom(release, program.packages) }
  write('LICENSE', readProject('LICENSE'))
  write('NOTICE', readProject('NOTICE'))
  write('THIRD-PARTY-NOTICES.txt', papers.notices)
  write(`spiffe-webhook-${version}.cdx.json`, papers.sbom)
  write('icon.svg', readProject('release/icon.svg'))
  write('RELEASE-NOTES.md', `${notes.text}\n`)
  const npm = await tar(npmPackage('package', release, program.bundle, papers))
  write(`spiffe-webhook-npm-${version}.tgz`, gzip(npm))

  const { archive, digest, images } = await imageArchive(release, architectures, program)
  write(`spiffe-webhook-image-${version}.tar`, archive)
  for (const { architecture, sbom } of images) {
    write(`spiffe-webhook-image-${version}-${architecture}.cdx.json`, sbom)
  }
  write('image-digest.txt', `${digest}\n`)

  for (const name of chartNames) {
    const entries = chartEntries(name, { release, notes, digest })
    write(`${name}-${version}.tgz`, gzip(await tar(entries)))
  }
  await writeManifests(folder, release, join(folder, `spiffe-webhook-${version}.tgz`))

  const plugins: PluginArchive[] = []
  for (const platform of ['linux-amd64', 'linux-arm64', 'any'] as const) {
    const file = `kubectl-spiffe_webhook-${version}-${platform}.tar.gz`
    const packed = await plugin(platform, release, program.bundle, papers)
    write(file, packed)
    plugins.push({ platform, file, sha256: digestOf(packed).replace('sha256:', '') })
  }
  write('spiffe-webhook.krew.yaml', krewManifest(release, plugins))
  return writeChecksums(folder)
}

async function plugin(
  platform: PluginPlatform,
  release: Release,
  built: Bundle,
  papers: Papers
): Promise<Buffer> {
  const files = npmPackage('plugin', release, built, papers)
  const node =
    platform === 'any'
      ? undefined
      : await nodeBinary(platform.endsWith('arm64') ? 'arm64' : 'amd64')
  return gzip(await tar(pluginEntries(files, node)))
}

/** SHA256SUMS in the form of coreutils, over everything else in the folder. */
function writeChecksums(folder: string): readonly string[] {
  const files = readdirSync(folder).toSorted()
  const contents = files.map((name) => [name, readFileSync(join(folder, name))] as const)
  const sums = contents.map(([name, data]) => `${digestOf(data).replace('sha256:', '')}  ${name}\n`)
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''))
  return contents.map(([name, { length }]) => `${String(length).padStart(10)}  ${name}`)
}
