import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isScalar, parseDocument, stringify } from 'yaml'
import { readValues } from '../generate/read-values.ts'
import { valuesSchema } from '../generate/values-schema.ts'
import { withValuesTable } from '../generate/values-table.ts'
import type { Entry } from './archive.ts'
import type { Notes } from './changelog.ts'
import { projectRoot, type Release } from './project.ts'

/** A chart of this repository. */
export type ChartName = 'spiffe-webhook' | 'workload-api'

/** Both charts. */
export const chartNames: readonly ChartName[] = ['spiffe-webhook', 'workload-api']

/** What a packed chart says besides its sources. */
export interface ChartSources {
  readonly release: Release
  readonly notes: Notes
  /** Digest of the image's index. */
  readonly digest: string
}

/** The files of a chart as `helm package` would pack them, below a folder of its name. */
export function chartEntries(name: ChartName, sources: ChartSources): readonly Entry[] {
  const folder = join(projectRoot, 'charts', name)
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== '.helmignore')
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
  const files = new Map(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]))
  const read = (path: string): string => files.get(path) ?? ''
  files.set('Chart.yaml', chartMetadata(read('Chart.yaml'), name, sources))
  if (name === 'spiffe-webhook') {
    const values = withImage(read('values.yaml'), sources.release.image, sources.digest)
    const found = readValues(values)
    const schema = valuesSchema(`Values of charts/${name}`, found)
    files.set('values.yaml', values)
    files.set('values.schema.json', `${JSON.stringify(schema, null, 2)}\n`)
    files.set('README.md', withValuesTable(read('README.md'), found))
  }
  // Helm reads Chart.yaml first where it looks for it in an archive.
  const order = [...files].toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
  return order.map(([path, content]) => ({ path: `${name}/${path}`, content }))
}

const rank = (path: string): number => (path === 'Chart.yaml' ? 0 : 1)

/** A values.yaml whose image is this one by its digest; nothing else of the text changes. */
export function withImage(values: string, repository: string, digest: string): string {
  let text = values
  for (const [key, value] of [
    ['repository', repository],
    ['digest', digest]
  ] as const) {
    const node = parseDocument(text).getIn(['image', key], true)
    if (!isScalar(node) || !node.range) throw new Error(`values.yaml has no image.${key}`)
    const [start, end] = node.range
    text = `${text.slice(0, start)}${JSON.stringify(value)}${text.slice(end)}`
  }
  return text
}

/** Lines are not folded: the annotations are read as YAML again. */
const plain = { lineWidth: 0 } as const

/** Chart.yaml with what only a release knows: where the project is, and the annotations of Artifact Hub. */
export function chartMetadata(text: string, name: ChartName, sources: ChartSources): string {
  const { version, source, image } = sources.release
  const document = parseDocument(text)
  const { version: written } = document.toJS() as { readonly version: string }
  if (written !== version)
    throw new Error(`charts/${name} has the version ${written}, not ${version}`)
  const images = [
    { name, image: `${image}@${sources.digest}`, platforms: ['linux/amd64', 'linux/arm64'] }
  ]
  const more = {
    home: source,
    icon: `${source}/releases/download/v${version}/icon.svg`,
    sources: [source],
    maintainers: [{ name: 'The spiffe-webhook authors', url: source }],
    annotations: {
      'artifacthub.io/category': 'security',
      'artifacthub.io/license': 'Apache-2.0',
      'artifacthub.io/changes': stringify(sources.notes.changes, plain),
      'artifacthub.io/links': stringify([{ name: 'support', url: `${source}/issues` }]),
      ...(name === 'spiffe-webhook' ? { 'artifacthub.io/images': stringify(images, plain) } : {})
    }
  }
  return `${text.trimEnd()}\n${stringify(more, plain)}`
}
