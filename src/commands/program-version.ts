import manifest from '../../package.json' with { type: 'json' }

/** The version in package.json, which the bundle carries inside. */
export function programVersion(): string {
  return manifest.version
}
