import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { imageArchive } from '../../../release/image.ts'
import { buildProgram } from '../../../release/program.ts'
import { projectVersion } from '../../../release/project.ts'
import type { Buildah } from './image-store.ts'
import type { Plan } from './plan.ts'

const root = join(import.meta.dirname, '../../..')

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'

// As `npm run release` makes it, for this machine alone.
const build = async (buildah: Buildah): Promise<string> => {
  const release = {
    version: projectVersion(),
    source: 'https://spiffe-webhook.example',
    image: 'spiffe-webhook.test/webhook',
    date: '1970-01-01'
  }
  const { archive } = await imageArchive(release, [architecture], await buildProgram())
  const folder = await mkdtemp(join(tmpdir(), 'spiffe-webhook-image-'))
  try {
    const file = join(folder, 'image.tar')
    await writeFile(file, archive)
    return await buildah('pull', '--quiet', `oci-archive:${file}`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Plans the product's own image, built as for a release. */
export const webhookImage = async (): Promise<Plan> => {
  const found: string[] = []
  for (const folder of ['src', 'release']) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    found.push(...files.map((file) => join(file.parentPath, file.name)))
  }
  const others = ['LICENSE', 'NOTICE', 'package.json', 'package-lock.json']
  return {
    text: JSON.stringify(found.map((file) => file.slice(root.length))),
    files: [...others.map((file) => join(root, file)), ...found],
    build
  }
}
