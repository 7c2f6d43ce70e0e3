import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import { projectRoot } from './project.ts'

/** A package of which something is in the bundle. */
export interface BundledPackage {
  readonly name: string
  readonly version: string
  /** What its package.json says; empty where it says nothing. */
  readonly licence: string
  /** The texts of its licence and notice files; empty where it ships none. */
  readonly licenceText: string
  /** The packages that its modules import, as `name@version`. */
  readonly imports: readonly string[]
}

/** `name@version` of a package. */
export const packageId = ({ name, version }: Pick<BundledPackage, 'name' | 'version'>): string =>
  `${name}@${version}`

/** The folder of the package that a module belongs to; undefined for the project's own. */
const folderOf = (module: string): string | undefined =>
  /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module)?.[0]

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(projectRoot, folder, 'package.json'), 'utf8'))

/** The modules that have a byte in the bundle. */
const shippedModules = ({ outputs }: Metafile): ReadonlySet<string> =>
  new Set(
    Object.values(outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
        bytesInOutput > 0 ? [path] : []
      )
    )
  )

/** The folders of other packages that each package's modules import from. */
function importsOf(
  { inputs }: Metafile,
  shipped: ReadonlySet<string>
): ReadonlyMap<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const module of shipped) {
    const folder = folderOf(module)
    if (folder === undefined) continue
    const others = found.get(folder) ?? new Set()
    found.set(folder, others)
    for (const { path } of inputs[module]?.imports ?? []) {
      const other = shipped.has(path) ? folderOf(path) : undefined
      if (other !== undefined && other !== folder) others.add(other)
    }
  }
  return found
}

/** Every package that has a byte in the bundle, in order of name and version. */
export function bundledPackages(metafile: Metafile): readonly BundledPackage[] {
  const imports = importsOf(metafile, shippedModules(metafile))
  const found = new Map<string, BundledPackage>()
  for (const [folder, others] of imports) {
    const { name, version, license = '' } = manifestOf(folder)
    const id = packageId({ name, version })
    // One version may be installed in several folders.
    const ids = new Set(found.get(id)?.imports)
    for (const other of others) ids.add(packageId(manifestOf(other)))
    ids.delete(id)
    const common = { name, version, licence: license, licenceText: licenceTexts(folder) }
    found.set(id, { ...common, imports: [...ids].sort() })
  }
  return [...found.values()].toSorted((a, b) => (packageId(a) < packageId(b) ? -1 : 1))
}

function licenceTexts(folder: string): string {
  const place = join(projectRoot, folder)
  const names = readdirSync(place).filter((name) =>
    /^(un)?licen[cs]e|^copying|^notice|^copyrightnotice/i.test(name)
  )
  return names
    .toSorted()
    .map((name) => readFileSync(join(place, name), 'utf8').replaceAll('\r\n', '\n').trim())
    .join('\n\n')
}
