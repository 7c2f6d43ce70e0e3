import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { aloud, buildTools, lock, type Progress } from '../build-tools.ts'
import { cacheFolder } from '../toolchain.ts'
import { plannedImages } from './image-plans.ts'
import { type Buildah, imageStore } from './image-store.ts'
import type { Plan } from './plan.ts'
import { requireRootAnd } from './required-commands.ts'

/** The images that the node tests use. */
export type ImageName = keyof typeof plannedImages

/** An image that is ready to be imported into a node's container runtime. */
export interface Image {
  readonly name: ImageName
  /** What a pod calls it, like `spiffe-webhook.test/webhook:test`. */
  readonly reference: string
  /** OCI archive in the cache, for `ctr images import`. */
  readonly archive: string
}

const hashOf = async (reference: string, { text, files }: Plan): Promise<string> => {
  const hash = createHash('sha256').update(reference).update(text)
  for (const file of files) {
    hash.update(`\n${(await stat(file)).size}\n`)
    for await (const chunk of createReadStream(file)) hash.update(chunk)
  }
  return hash.digest('hex').slice(0, 16)
}

/** Other checkouts may share the cache: what nobody asked for in an hour goes. */
const removeOld = async (folder: string, name: ImageName): Promise<void> => {
  const archives = new RegExp(`^${name}-[0-9a-f]{16}\\.tar`)
  for (const file of (await readdir(folder)).filter((entry) => archives.test(entry))) {
    const { mtimeMs } = await stat(join(folder, file))
    if (Date.now() - mtimeMs > 3_600_000) await rm(join(folder, file))
  }
}

const write = async (
  buildah: Buildah,
  plan: Plan,
  reference: string,
  archive: string
): Promise<void> => {
  const unfinished = `${archive}.unfinished`
  await rm(unfinished, { force: true })
  await buildah('rm', '--all') // what a killed build left
  const image = await plan.build(buildah)
  await buildah('push', '--quiet', image, `oci-archive:${unfinished}:${reference}`)
  await buildah('rmi', '--force', image)
  await rename(unfinished, archive)
}

const buildImage = async (name: ImageName, place: string, progress: Progress): Promise<Image> => {
  const folder = join(cacheFolder(), 'images')
  const planned = plannedImages[name]
  const plan = await planned.plan(`localhost/${name}:test`)
  const archive = join(folder, `${name}-${await hashOf(planned.reference, plan)}.tar`)
  if (existsSync(archive)) {
    await utimes(archive, new Date(), new Date())
  } else {
    await removeOld(folder, name)
    await aloud(`image ${name}`, place, progress, () =>
      write(imageStore(join(folder, 'store')), plan, planned.reference, archive)
    )
  }
  return { name, reference: planned.reference, archive }
}

/** Builds what the cache lacks and answers all; two callers at once wait for each other. Needs root. */
export const buildImages = async (
  names: readonly ImageName[],
  progress: Progress
): Promise<readonly Image[]> => {
  const planned = names.map((name) => plannedImages[name])
  requireRootAnd([...new Set(['buildah' as const, ...planned.flatMap(({ commands }) => commands)])])
  await buildTools(
    planned.flatMap(({ tools }) => tools),
    progress
  )
  const folder = join(cacheFolder(), 'images')
  await mkdir(folder, { recursive: true })
  const unlock = await lock(folder, progress)
  try {
    const images: Image[] = []
    for (const [index, name] of names.entries()) {
      images.push(await buildImage(name, `[${index + 1}/${names.length}]`, progress))
    }
    return images
  } finally {
    unlock()
  }
}
