import { debianImage } from './base-images.ts'
import { type Buildah, runInContainer, withContainer } from './image-store.ts'

/** How an image comes to be. */
export interface Plan {
  /** Everything that shapes the image besides the files. */
  readonly text: string
  /** What goes into it: a change of their content builds it anew. */
  readonly files: readonly string[]
  /** Makes the image in the storage and answers its name or id there. */
  readonly build: (buildah: Buildah) => Promise<string>
}

/** An image of a base and some files. */
export interface Recipe {
  readonly base: 'scratch' | 'debian'
  /** Path in the image to path on this machine. */
  readonly files: Readonly<Record<string, string>>
  readonly entrypoint: readonly string[]
  readonly user?: string
  /** A command that is run in the image when the files are there. */
  readonly run?: readonly string[]
}

/** Plans an image whose name in the storage is `name`. */
export const assembled = (name: string, recipe: Recipe): Plan => ({
  text: JSON.stringify({ ...recipe, files: Object.keys(recipe.files) }),
  files: Object.values(recipe.files),
  build: async (buildah) => {
    const { base, files, entrypoint, user, run } = recipe
    const from = base === 'scratch' ? base : await debianImage(buildah)
    await withContainer(buildah, from, async (container) => {
      for (const [to, file] of Object.entries(files)) await buildah('copy', container, file, to)
      if (run !== undefined) await runInContainer(buildah, container, run)
      const settings = ['--entrypoint', JSON.stringify(entrypoint), '--workingdir', '/']
      if (user !== undefined) settings.push('--user', user)
      await buildah('config', ...settings, container)
      await buildah('commit', container, name)
    })
    return name
  }
})

/** Plans an image that is taken out of an OCI archive as it is. */
export const given = (archive: string): Plan => ({
  text: '',
  files: [archive],
  build: (buildah) => buildah('pull', '--quiet', `oci-archive:${archive}`)
})
