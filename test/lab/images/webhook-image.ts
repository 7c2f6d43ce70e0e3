import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from '../toolchain.ts'
import { debianImage, nodeImage } from './base-images.ts'
import type { Buildah } from './image-store.ts'
import type { Plan } from './plan.ts'

const root = join(import.meta.dirname, '../../..')

// The build asks npm's registry the way this machine does, and keeps what it got.
const npmVolumes = async (): Promise<string[]> => {
  const downloads = join(cacheFolder(), 'images', 'npm')
  await mkdir(downloads, { recursive: true })
  const settings = join(homedir(), '.npmrc')
  return [
    ...['--volume', `${downloads}:/root/.npm`],
    ...(existsSync(settings) ? ['--volume', `${settings}:/root/.npmrc:ro`] : [])
  ]
}

const build = async (buildah: Buildah, name: string): Promise<string> => {
  const bases = [
    ...['--build-arg', `BUILD_IMAGE=${await nodeImage(buildah)}`],
    ...['--build-arg', `RUNTIME_IMAGE=${await debianImage(buildah)}`]
  ]
  const offline = ['--isolation', 'chroot', '--pull-never']
  await buildah('bud', ...offline, ...bases, ...(await npmVolumes()), '--tag', name, root)
  return name
}

/** Plans the product's own image: its Dockerfile, on bases that need no registry. */
export const webhookImage = async (name: string): Promise<Plan> => {
  const entries = await readdir(join(root, 'src'), { recursive: true, withFileTypes: true })
  const sources = entries.filter((entry) => entry.isFile())
  const others = ['Dockerfile', '.dockerignore', 'package.json', 'package-lock.json']
  return {
    text: JSON.stringify(
      sources.map((file) => join(file.parentPath, file.name).slice(root.length))
    ),
    files: [
      ...others.map((file) => join(root, file)),
      ...sources.map((file) => join(file.parentPath, file.name))
    ],
    build: (buildah) => build(buildah, name)
  }
}
