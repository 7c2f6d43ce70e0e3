import { type Entry, tar } from './archive.ts'
import { type DebianPackage, debianPackages } from './debian/packages.ts'
import { baseRoot, nodeRoot, user, withFolders } from './image-root.ts'
import { type Architecture, type NodeBinary, nodeBinary } from './node-binary.ts'
import { environment, flags } from './node-settings.ts'
import { paperEntries } from './npm-package.ts'
import { type Content, image, index, layer, layout } from './oci.ts'
import type { Program } from './program.ts'
import type { Release } from './project.ts'
import { type ImagePart, imageSbom } from './sbom.ts'

/** The image of one architecture and its bill of materials. */
export interface BuiltImage {
  readonly architecture: Architecture
  readonly content: Content
  readonly sbom: string
}

/** Where the program is in the image. */
const home = 'opt/spiffe-webhook'

/** What the image is told to run, the same on every architecture. */
const config = {
  // No name of a user is looked up and nothing is written: any user will do, and a read-only root.
  User: `${user}:${user}`,
  WorkingDir: '/',
  Env: ['PATH=/usr/local/bin', ...Object.entries(environment).map((entry) => entry.join('='))],
  // Reviews are short-lived: a small young generation is collected sooner, and keeps the memory of the pod low. Next to
  // nothing survives, so one thread collects it: on a busy node it would wait for threads that have no processor. Without
  // Maglev, V8's compiler in the middle, a hot function is compiled once, by TurboFan.
  Entrypoint: ['/usr/local/bin/node', ...flags, `/${home}/spiffe-webhook.mjs`],
  Cmd: ['serve']
}

/** Labels of the OCI image spec (annotations.md). */
const labels = ({
  version,
  source,
  date,
  revision
}: Release): Readonly<Record<string, string>> => ({
  'org.opencontainers.image.title': 'spiffe-webhook',
  'org.opencontainers.image.description':
    "Moves Istio's sidecars onto the SPIFFE Workload API and guards the node's raw socket",
  'org.opencontainers.image.version': version,
  'org.opencontainers.image.licenses': 'Apache-2.0',
  'org.opencontainers.image.source': source,
  'org.opencontainers.image.url': source,
  'org.opencontainers.image.documentation': `${source}#readme`,
  'org.opencontainers.image.vendor': 'The spiffe-webhook authors',
  'org.opencontainers.image.created': `${date}T00:00:00Z`,
  ...(revision === undefined ? {} : { 'org.opencontainers.image.revision': revision })
})

const partsOf = (node: NodeBinary, packages: readonly DebianPackage[]): readonly ImagePart[] => [
  {
    name: 'node',
    version: node.version,
    purl: `pkg:npm/${node.packageName}@${node.version}`,
    licence: 'MIT'
  },
  ...packages.map(({ name, version, architecture, sha256 }) => ({
    name,
    version,
    purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-13`,
    sha256
  }))
]

function programRoot({ bundle, notices }: Program, sbom: string): readonly Entry[] {
  const modules = [...bundle.files].map(([name, content]) => ({ path: `${home}/${name}`, content }))
  return withFolders([...modules, ...paperEntries(home, { notices, sbom })])
}

/** The image of one architecture in three layers, of which only the last changes with the program. */
async function buildImage(
  release: Release,
  architecture: Architecture,
  program: Program
): Promise<BuiltImage> {
  const debian = await debianPackages(architecture)
  const node = await nodeBinary(architecture)
  const sbom = imageSbom(release, architecture, program.packages, partsOf(node, debian))
  const layers = [
    await layer(baseRoot(debian)),
    await layer(nodeRoot(node)),
    await layer(programRoot(program, sbom))
  ]
  const created = `${release.date}T00:00:00Z`
  const content = image(layers, { architecture, created, labels: labels(release), config })
  return { architecture, content, sbom }
}

/** An OCI layout as one file. */
export interface ImageArchive {
  readonly archive: Buffer
  /** Digest of the index, by which every architecture finds its image. */
  readonly digest: string
  readonly images: readonly BuiltImage[]
}

/** One image for several architectures, as tools that push and load images read it. */
export async function imageArchive(
  release: Release,
  architectures: readonly Architecture[],
  program: Program
): Promise<ImageArchive> {
  const images: BuiltImage[] = []
  for (const architecture of architectures) {
    images.push(await buildImage(release, architecture, program))
  }
  const whole = index(
    images.map(({ content }) => content),
    labels(release)
  )
  const archive = await tar(layout(whole, `${release.image}:${release.version}`))
  return { archive, digest: whole.descriptor.digest, images }
}
