import { type Entry, executable } from './archive.ts'
import type { Bundle } from './bundle.ts'
import { type Release, readProject } from './project.ts'

/** Files that say who made the program and what it contains. */
export interface Papers {
  readonly notices: string
  /** CycloneDX as JSON. */
  readonly sbom: string
}

/** The package's program: starts the bundle, or says in one sentence which Node it needs. */
export const binFile = 'bin.js'

const importOfSource = "'./main.ts'"

/** src/bin.js, as it starts the bundle beside it instead of the sources. */
function bin(): string {
  const parts = readProject('src/bin.js').split(importOfSource)
  if (parts.length !== 2) throw new Error(`src/bin.js must import ${importOfSource} once`)
  return parts.join("'./lib/spiffe-webhook.mjs'")
}

function manifest({ version, source }: Release): string {
  const { name, description, license, type } = JSON.parse(readProject('package.json'))
  return `${JSON.stringify(
    {
      name,
      version,
      description,
      license,
      homepage: source,
      repository: source,
      type,
      // As bin.js says it to who has an older one.
      engines: { node: '>=22.19' },
      bin: { [name]: binFile }
    },
    null,
    2
  )}\n`
}

/** LICENSE, NOTICE and what the bundle contains, below a folder. */
export const paperEntries = (folder: string, { notices, sbom }: Papers): readonly Entry[] => [
  { path: `${folder}/LICENSE`, content: readProject('LICENSE') },
  { path: `${folder}/NOTICE`, content: readProject('NOTICE') },
  { path: `${folder}/THIRD-PARTY-NOTICES.txt`, content: notices },
  { path: `${folder}/sbom.cdx.json`, content: sbom }
]

/** The npm package below a folder: program, bundle and papers, and no dependency. */
export const npmPackage = (
  folder: string,
  release: Release,
  { files }: Bundle,
  papers: Papers
): readonly Entry[] => [
  { path: `${folder}/package.json`, content: manifest(release) },
  { path: `${folder}/README.md`, content: readProject('README.md') },
  { path: `${folder}/${binFile}`, content: bin(), mode: executable },
  ...[...files].map(([name, content]) => ({ path: `${folder}/lib/${name}`, content })),
  ...paperEntries(folder, papers)
]
