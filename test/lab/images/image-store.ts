import { join } from 'node:path'
import { execute } from '../execute.ts'

/** Runs one buildah command on one storage and answers what it printed. */
export type Buildah = (...args: string[]) => Promise<string>

/** Buildah with a storage of its own below this folder; the machine's own is never touched. */
export const imageStore = (folder: string): Buildah => {
  const place = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run')]
  return async (...args) => (await execute('buildah', [...place, ...args])).stdout.trim()
}

/** Tells whether a storage holds an image of this name. */
export const hasImage = async (buildah: Buildah, name: string): Promise<boolean> => {
  const names = await buildah('images', '--format', '{{.Name}}:{{.Tag}}')
  return names.split('\n').includes(name)
}

/** Makes a working container of an image, or of `scratch`, and removes it after the work. */
export const withContainer = async (
  buildah: Buildah,
  base: string,
  work: (container: string) => Promise<void>
): Promise<void> => {
  const container = await buildah('from', '--pull-never', base)
  try {
    await work(container)
  } finally {
    await buildah('rm', container)
  }
}

/** Runs a command in a working container, without namespaces of its own. */
export const runInContainer = async (
  buildah: Buildah,
  container: string,
  command: readonly string[]
): Promise<void> => {
  await buildah('run', '--isolation', 'chroot', container, '--', ...command)
}
