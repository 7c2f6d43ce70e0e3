import { debianRoot } from './debian-root.ts'
import { type Buildah, hasImage, withContainer } from './image-store.ts'

/** Debian alone, in the storage under the name that it answers. */
export const debianImage = async (buildah: Buildah): Promise<string> => {
  const name = 'localhost/debian:bookworm'
  if (await hasImage(buildah, name)) return name
  const root = await debianRoot()
  await withContainer(buildah, 'scratch', async (container) => {
    await buildah('add', container, root, '/')
    await buildah('commit', container, name)
  })
  return name
}
