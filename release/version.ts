/** Every file that names the version of the project; package.json is the one that others are held to. */
export const versionedFiles: readonly string[] = [
  'package.json',
  'package-lock.json',
  'charts/spiffe-webhook/Chart.yaml',
  'charts/workload-api/Chart.yaml',
  'README.md',
  'docs/guides/install.md',
  'test/fixtures/manifests/check/mixed/output.sarif',
  'CHANGELOG.md'
]

/** From which version to which, and on which day. */
export interface Cut {
  readonly from: string
  readonly to: string
  readonly date: string
}

/** Where a file says the version of the project, and not that of something else. */
const places: Readonly<Record<string, (version: string) => RegExp>> = {
  'package.json': (version) => new RegExp(`(?<="version": ")${version}(?=")`),
  'charts/spiffe-webhook/Chart.yaml': (version) =>
    new RegExp(`(?<=^(?:version|appVersion): )${version}$`, 'gm'),
  'charts/workload-api/Chart.yaml': (version) => new RegExp(`(?<=^version: )${version}$`, 'm')
}

/** The text of one of these files after the cut. */
export function withVersion(path: string, text: string, { from, to, date }: Cut): string {
  if (path === 'CHANGELOG.md') {
    return text.replace('## [Unreleased]\n', `## [Unreleased]\n\n## [${to}] - ${date}\n`)
  }
  const escaped = from.replaceAll('.', '\\.')
  if (path === 'package-lock.json') {
    // The first two: the project's own, before any package's.
    let left = 2
    const own = new RegExp(`(?<="version": ")${escaped}(?=")`, 'g')
    return text.replace(own, (found) => (left-- > 0 ? to : found))
  }
  const place =
    places[path] ?? ((version) => new RegExp(`(?<![\\d.])${version}(?![\\d.]*\\d)`, 'g'))
  const changed = text.replace(place(escaped), to)
  if (changed === text && from !== to) throw new Error(`${path} does not say ${from}`)
  return changed
}
