/** The released image: pushed to a real registry on loopback, pulled by digest, and looked into for both architectures. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { imageArchive } from '../../release/image.ts'
import { architectures } from '../../release/node-binary.ts'
import { buildProgram } from '../../release/program.ts'
import { projectVersion } from '../../release/project.ts'
import { untar } from '../../release/untar.ts'
import { buildTools } from '../lab/build-tools.ts'
import { daemon } from '../lab/daemon.ts'
import { execute } from '../lab/execute.ts'
import { freePort } from '../lab/ports.ts'
import { tool } from '../lab/toolchain.ts'
import { answers } from '../lab/until.ts'

t.setTimeout(1_200_000)
await buildTools(['registry/registry'], (line) => process.stderr.write(`${line}\n`))

const folder = mkdtempSync(join(tmpdir(), 'spiffe-webhook-image-'))
const port = await freePort()
const address = `127.0.0.1:${port}`
const config = join(folder, 'config.json')
writeFileSync(
  config,
  JSON.stringify({
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(folder, 'storage') } },
    http: { addr: address }
  })
)
const registry = daemon({
  name: 'registry',
  binary: tool('registry/registry').binary,
  args: ['serve', config],
  folder,
  logs: folder,
  ports: [port],
  env: { OTEL_TRACES_EXPORTER: 'none' },
  ready: () => answers(`http://${address}/v2/`)
})
await registry.start()
t.teardown(async () => {
  await registry.stop()
  rmSync(folder, { recursive: true })
})

const version = projectVersion()
const { archive, digest } = await imageArchive(
  {
    version,
    source: 'https://spiffe-webhook.example',
    image: 'registry.example/spiffe-webhook',
    date: '2026-11-28'
  },
  architectures,
  await buildProgram()
)
const file = join(folder, 'image.tar')
writeFileSync(file, archive)

await t.test('it is pushed with every architecture, and keeps its digest', async (t) => {
  const to = `docker://${address}/spiffe-webhook:${version}`
  const flags = ['--quiet', '--all', '--preserve-digests', '--dest-tls-verify=false']
  await execute('skopeo', ['copy', ...flags, `oci-archive:${file}`, to])
  const accept = { accept: 'application/vnd.oci.image.index.v1+json' }
  const found = await fetch(`http://${address}/v2/spiffe-webhook/manifests/${version}`, {
    headers: accept
  })
  t.equal(found.headers.get('docker-content-digest'), digest)
})

/** e_machine of an ELF file (elf.h). */
const machines = { amd64: 62, arm64: 183 } as const

for (const architecture of architectures) {
  await t.test(
    `pulled for ${architecture}, it has what it should and nothing to run besides`,
    async (t) => {
      const place = join(folder, architecture)
      const from = `docker://${address}/spiffe-webhook@${digest}`
      const flags = ['--quiet', '--src-tls-verify=false', '--override-arch', architecture]
      await execute('skopeo', ['copy', ...flags, from, `dir:${place}`])
      const manifest = JSON.parse(readFileSync(join(place, 'manifest.json'), 'utf8'))
      const blob = (of: { readonly digest: string }): Buffer =>
        readFileSync(join(place, of.digest.replace('sha256:', '')))
      const { config: settings, architecture: said } = JSON.parse(String(blob(manifest.config)))
      t.equal(said, architecture)
      t.match(settings, { User: '65532:65532', Cmd: ['serve'] })
      t.match(settings.Labels, {
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.licenses': 'Apache-2.0'
      })
      const entries = []
      for (const layer of manifest.layers) entries.push(...(await untar(gunzipSync(blob(layer)))))
      const paths = entries.map(({ path }) => path)
      for (const path of ['LICENSE', 'NOTICE', 'THIRD-PARTY-NOTICES.txt', 'sbom.cdx.json']) {
        t.ok(paths.includes(`opt/spiffe-webhook/${path}`), path)
      }
      const programs = entries.filter(
        ({ content, mode = 0 }) => content !== undefined && (mode & 0o111) !== 0
      )
      t.same(
        programs
          .map(({ path }) => path.replace(/.*\//, '').replace(/-x86-64|-aarch64/, ''))
          .toSorted(),
        ['ld-linux.so.2', 'libc.so.6', 'node'].map((name) =>
          architecture === 'arm64' ? name.replace('linux.so.2', 'linux.so.1') : name
        )
      )
      for (const { path, content } of programs) {
        const elf = Buffer.from(content ?? '')
        t.equal(elf.readUInt16LE(18), machines[architecture], `${path} is for ${architecture}`)
      }
      t.same(
        entries.filter(({ mode = 0 }) => (mode & 0o6000) !== 0).map(({ path }) => path),
        [],
        'nothing takes the rights of another user'
      )
      const missing = neededLibraries(entries).filter(
        (name) => !paths.some((path) => path.endsWith(`/${name}`))
      )
      t.same(missing, [], 'every library that Node asks for is there')
      if (architecture !== (process.arch === 'arm64' ? 'arm64' : 'amd64')) return
      const root = join(folder, 'root')
      mkdirSync(root)
      for (const layer of manifest.layers) {
        const tar = join(place, layer.digest.replace('sha256:', ''))
        await execute('tar', ['--extract', '--gzip', '--file', tar, '--directory', root])
      }
      const [program = '', ...args] = settings.Entrypoint
      // Without the hooks that tap gives to every process below it.
      const run = [
        '-u',
        'NODE_OPTIONS',
        'chroot',
        '--userspec=65532:65532',
        root,
        program,
        ...args,
        '--version'
      ]
      t.match(await execute('env', run), { stdout: `${version}\n` })
    }
  )
}

/** The names of libraries in Node's own list: the architecture that cannot run here is read, not run. */
function neededLibraries(
  entries: readonly { readonly path: string; readonly content?: unknown }[]
): readonly string[] {
  const node = entries.find(({ path }) => path === 'usr/local/bin/node')
  const place = join(folder, 'node-to-read')
  writeFileSync(place, node?.content as Uint8Array)
  const text = readFileSync(place, 'latin1')
  return [...new Set(text.match(/\blib(?:dl|stdc\+\+|m|gcc_s|pthread|c)\.so\.\d+\b/g))]
}
