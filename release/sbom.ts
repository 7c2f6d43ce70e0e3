import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library'
import { PackageURL } from 'packageurl-js'
import { type BundledPackage, packageId } from './bundled-packages.ts'
import type { Release } from './project.ts'

/** Something in the image that npm did not bring. */
export interface ImagePart {
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly licence?: string
  /** SHA-256 of the package that it comes from. */
  readonly sha256?: string
}

function component(
  type: Enums.ComponentType,
  part: Omit<ImagePart, 'sha256'>,
  hashes?: Models.HashDictionary
): Models.Component {
  const { name, version, purl, licence } = part
  const found = new Models.Component(type, name, { version, purl, bomRef: purl })
  if (licence !== undefined) found.licenses.add(new Models.SpdxLicense(licence))
  for (const [algorithm, value] of hashes ?? []) found.hashes.set(algorithm, value)
  return found
}

const npmUrl = ({ name, version }: Pick<BundledPackage, 'name' | 'version'>): string => {
  const at = name.lastIndexOf('/')
  const namespace = at < 0 ? undefined : name.slice(0, at)
  return new PackageURL(
    'npm',
    namespace,
    name.slice(at + 1),
    version,
    undefined,
    undefined
  ).toString()
}

/** The program with its packages below it, and who needs whom. */
function program(
  { version }: Release,
  packages: readonly BundledPackage[]
): { readonly root: Models.Component; readonly parts: readonly Models.Component[] } {
  const root = component(Enums.ComponentType.Application, {
    name: 'spiffe-webhook',
    version,
    purl: npmUrl({ name: 'spiffe-webhook', version }),
    licence: 'Apache-2.0'
  })
  const parts = new Map(
    packages.map((each) => [
      packageId(each),
      component(Enums.ComponentType.Library, { ...each, purl: npmUrl(each) })
    ])
  )
  const needed = new Set(packages.flatMap(({ imports }) => imports))
  for (const each of packages) {
    const part = parts.get(packageId(each))
    if (part === undefined) continue
    if (!needed.has(packageId(each))) root.dependencies.add(part.bomRef)
    for (const id of each.imports) {
      const other = parts.get(id)
      if (other !== undefined) part.dependencies.add(other.bomRef)
    }
  }
  return { root, parts: [...parts.values()] }
}

function serialize(bom: Models.Bom): string {
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6)
  return `${new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 2 })}\n`
}

/** The bill of materials of the command line: everything in the bundle. */
export function programSbom(release: Release, packages: readonly BundledPackage[]): string {
  const { root, parts } = program(release, packages)
  const bom = new Models.Bom({ metadata: new Models.Metadata({ component: root }) })
  for (const part of parts) bom.components.add(part)
  return serialize(bom)
}

/** The bill of materials of the image for one architecture: the bundle, Node and what is there of Debian. */
export function imageSbom(
  release: Release,
  architecture: string,
  packages: readonly BundledPackage[],
  others: readonly ImagePart[]
): string {
  const { root, parts } = program(release, packages)
  const image = component(Enums.ComponentType.Container, {
    name: release.image,
    version: release.version,
    purl: `pkg:oci/spiffe-webhook?arch=${architecture}&tag=${release.version}`,
    licence: 'Apache-2.0'
  })
  const bom = new Models.Bom({ metadata: new Models.Metadata({ component: image }) })
  const below = others.map((part) => {
    const hashes = new Models.HashDictionary()
    if (part.sha256 !== undefined) hashes.set(Enums.HashAlgorithm['SHA-256'], part.sha256)
    return component(Enums.ComponentType.Library, part, hashes)
  })
  for (const part of [root, ...below]) image.dependencies.add(part.bomRef)
  for (const part of [root, ...parts, ...below]) bom.components.add(part)
  return serialize(bom)
}
