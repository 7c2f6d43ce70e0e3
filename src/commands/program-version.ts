import manifest from '../../package.json' with { type: 'json' }

/** The version in package.json; the bundle carries it along. */
export function programVersion(): string {
  return manifest.version
}
