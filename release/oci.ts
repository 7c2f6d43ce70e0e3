import { createHash } from 'node:crypto'
import { type Entry, gzip, tar } from './archive.ts'

/** Where an image's content is and what it is (OCI image spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: { readonly os: 'linux'; readonly architecture: string }
  readonly annotations?: Readonly<Record<string, string>>
}

/** One layer: its compressed bytes, and the digest of them before. */
export interface Layer {
  readonly compressed: Buffer
  readonly diffId: string
}

/** What a runtime must know of an image (OCI image spec, config.md). */
export interface ImageSettings {
  readonly architecture: string
  readonly created: string
  readonly labels: Readonly<Record<string, string>>
  readonly config: Readonly<Record<string, unknown>>
}

/** An image or an index of images with everything that it refers to. */
export interface Content {
  readonly descriptor: Descriptor
  readonly blobs: ReadonlyMap<string, Uint8Array>
}

/** The digest by which content is found. */
export const digestOf = (data: Uint8Array): string =>
  `sha256:${createHash('sha256').update(data).digest('hex')}`

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

/** A layer with these entries. */
export async function layer(entries: readonly Entry[]): Promise<Layer> {
  const plain = await tar(entries)
  return { compressed: gzip(plain), diffId: digestOf(plain) }
}

/** The image of one architecture. */
export function image(layers: readonly Layer[], settings: ImageSettings): Content {
  const { architecture, created, labels, config } = settings
  const blobs = new Map<string, Uint8Array>()
  const put = (mediaType: string, data: Buffer): Descriptor => {
    const digest = digestOf(data)
    blobs.set(digest, data)
    return { mediaType, digest, size: data.length }
  }
  const configuration = put(
    'application/vnd.oci.image.config.v1+json',
    json({
      created,
      architecture,
      os: 'linux',
      config: { ...config, Labels: labels },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(() => ({ created, created_by: 'npm run release' }))
    })
  )
  const manifest = put(
    'application/vnd.oci.image.manifest.v1+json',
    json({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: configuration,
      layers: layers.map(({ compressed }) =>
        put('application/vnd.oci.image.layer.v1.tar+gzip', compressed)
      ),
      annotations: labels
    })
  )
  return { descriptor: { ...manifest, platform: { os: 'linux', architecture } }, blobs }
}

/** One name for the images of several architectures. */
export function index(
  images: readonly Content[],
  annotations: Readonly<Record<string, string>>
): Content {
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const manifests = images.map(({ descriptor }) => descriptor)
  const data = json({ schemaVersion: 2, mediaType, manifests, annotations })
  const descriptor = { mediaType, digest: digestOf(data), size: data.length }
  const blobs = new Map(images.flatMap(({ blobs }) => [...blobs]))
  return { descriptor, blobs: blobs.set(descriptor.digest, data) }
}

/** The entries of an OCI layout that holds this content under a name like `registry/name:tag`. */
export function layout({ descriptor, blobs }: Content, reference: string): readonly Entry[] {
  const annotations = {
    'io.containerd.image.name': reference,
    'org.opencontainers.image.ref.name': reference.slice(reference.lastIndexOf(':') + 1)
  }
  const top = { schemaVersion: 2, manifests: [{ ...descriptor, annotations }] }
  const files = [...blobs].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    { path: 'blobs' },
    { path: 'blobs/sha256' },
    ...files.map(([digest, content]) => ({ path: `blobs/${digest.replace(':', '/')}`, content })),
    { path: 'index.json', content: json(top) },
    { path: 'oci-layout', content: json({ imageLayoutVersion: '1.0.0' }) }
  ]
}
