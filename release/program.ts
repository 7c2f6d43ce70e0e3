import { type Bundle, bundle } from './bundle.ts'
import { type BundledPackage, bundledPackages } from './bundled-packages.ts'
import { licenceFaults, notices, withLicenceTexts } from './licences.ts'

/** The bundle and what must be said of it wherever it is shipped. */
export interface Program {
  readonly bundle: Bundle
  readonly packages: readonly BundledPackage[]
  /** THIRD-PARTY-NOTICES.txt. */
  readonly notices: string
}

/** Bundles the program; throws where a licence of a package does not let it be shipped. */
export async function buildProgram(): Promise<Program> {
  const built = await bundle()
  const packages = withLicenceTexts(bundledPackages(built.metafile))
  const faults = licenceFaults(packages)
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return { bundle: built, packages, notices: notices(packages) }
}
