import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The checkout that this program belongs to. */
export const projectRoot: string = join(import.meta.dirname, '..')

/** What all artefacts of a release say of themselves. */
export interface Release {
  /** Of package.json, the one place that sets it. */
  readonly version: string
  /** Address of the project, which charts, image and plugin name as their home. */
  readonly source: string
  /** Registry and name of the image, without a tag. */
  readonly image: string
  /** Day of the changelog's section, as `2026-11-28`; the epoch where the version has no dated section. */
  readonly date: string
  /** The commit, where there is one. */
  readonly revision?: string
}

/** A file of the checkout as text. */
export const readProject = (path: string): string => readFileSync(join(projectRoot, path), 'utf8')

/** The version in package.json. */
export const projectVersion = (): string => JSON.parse(readProject('package.json')).version

/** The commit of the checkout; undefined outside git. */
export function revision(): string | undefined {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: projectRoot,
      stdio: ['ignore', 'pipe', 'ignore']
    })
      .toString()
      .trim()
  } catch {
    return undefined
  }
}
