import { stringify } from 'yaml'
import { type Entry, executable } from './archive.ts'
import type { NodeBinary } from './node-binary.ts'
import type { Release } from './project.ts'

/** The name that makes kubectl find a program as `kubectl spiffe-webhook`. */
const program = 'kubectl-spiffe_webhook'

/** For which machines an archive of the plugin is: with Node inside, or for a Node that is there. */
export type PluginPlatform = 'linux-amd64' | 'linux-arm64' | 'any'

/** One archive of the plugin. */
export interface PluginArchive {
  readonly platform: PluginPlatform
  readonly file: string
  readonly sha256: string
}

/** Follows the link that krew lays, so that Node and the program are found beside this file. */
const launcher = `#!/bin/sh
here=$(dirname -- "$(readlink -f -- "$0")")
exec "$here/node" "$here/bin.js" "$@"
`

/** The plugin: the npm package's files in a folder, and a program that starts them with the Node beside it. */
export function pluginEntries(files: readonly Entry[], node?: NodeBinary): readonly Entry[] {
  if (node === undefined) {
    return files.map((entry) =>
      entry.path.endsWith('/bin.js') ? { ...entry, path: `plugin/${program}` } : entry
    )
  }
  return [
    ...files,
    { path: `plugin/${program}`, content: launcher, mode: executable },
    { path: 'plugin/node', content: node.program, mode: executable },
    { path: 'plugin/NODE-LICENSE', content: node.licence }
  ]
}

const selectors: Readonly<Record<PluginPlatform, object>> = {
  'linux-amd64': { matchLabels: { os: 'linux', arch: 'amd64' } },
  'linux-arm64': { matchLabels: { os: 'linux', arch: 'arm64' } },
  any: { matchExpressions: [{ key: 'os', operator: 'In', values: ['darwin'] }] }
}

/** The manifest by which krew installs the plugin (krew.googlecontainertools.github.com/v1alpha2). */
export function krewManifest(release: Release, archives: readonly PluginArchive[]): string {
  const { version, source } = release
  const manifest = {
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'spiffe-webhook' },
    spec: {
      version: `v${version}`,
      homepage: source,
      shortDescription: 'Check that pods are on the SPIFFE Workload API',
      description:
        'Checks on a live cluster that every labelled pod gets its identity from the SPIFFE Workload API through\n' +
        'csi.spiffe.io, and that no workload reaches the raw socket of the node. It only reads.\n',
      caveats: 'On macOS the plugin needs Node 22.19 or newer. On Linux it brings Node along.\n',
      platforms: archives.map(({ platform, file, sha256 }) => ({
        selector: selectors[platform],
        uri: `${source}/releases/download/v${version}/${file}`,
        sha256,
        // With its folder lib, which krew moves as a whole.
        files: [{ from: 'plugin/*', to: '.' }],
        bin: program
      }))
    }
  }
  return stringify(manifest, { lineWidth: 0 })
}
