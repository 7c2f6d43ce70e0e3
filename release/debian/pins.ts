import type { Architecture } from '../node-binary.ts'
import { readProject } from '../project.ts'

/** One Debian package, pinned. */
export interface Pin {
  readonly name: string
  readonly version: string
  readonly sha256: string
}

/** Where the pins are, below the checkout. */
export const pinsFile = 'release/debian/pins.json'

/** What Node needs to run, and nothing to run besides: no shell, no package manager. */
export const packageNames: readonly string[] = [
  'base-files',
  'gcc-14-base',
  'libc6',
  'libgcc-s1',
  'libstdc++6'
]

/** The pinned packages of each architecture. */
export const pins = (): Readonly<Record<Architecture, readonly Pin[]>> =>
  JSON.parse(readProject(pinsFile))
