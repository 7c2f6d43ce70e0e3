import type { Config, Exemption, GuardConfig, InjectConfig } from '../config/config.ts'
import { type PathModel, pathModel, resolve } from '../host-paths/path-model.ts'

/** One exemption with its paths cleaned and aliased. */
export interface ResolvedExemption extends Exemption {
  readonly resolvedPaths: ReadonlySet<string>
}

/** One allowed prefix of the strict mode. */
export interface AllowedPrefix {
  readonly segments: readonly string[]
  readonly readOnly: boolean
}

/** Everything that the checks read, made once for a configuration. */
export interface GuardModel {
  readonly paths: PathModel
  readonly guard: GuardConfig
  readonly inject: InjectConfig
  readonly deniedCsiDrivers: ReadonlySet<string>
  readonly exemptions: readonly ResolvedExemption[]
  /** Undefined outside the strict mode. */
  readonly allowed: readonly AllowedPrefix[] | undefined
}

/** Builds the model of a configuration. */
export function guardModel({ guard, inject }: Pick<Config, 'guard' | 'inject'>): GuardModel {
  const paths = pathModel({ ...guard, csiDriver: inject.csiDriver })
  const canonical = (path: string): string => `/${resolve(path, paths.aliases).join('/')}`
  return {
    paths,
    guard,
    inject,
    deniedCsiDrivers: new Set(guard.deniedCsiDrivers),
    exemptions: guard.exemptions.map((exemption) => ({
      ...exemption,
      resolvedPaths: new Set(exemption.paths.map(canonical))
    })),
    allowed: guard.allowedHostPaths?.map(({ pathPrefix, readOnly }) => ({
      segments: resolve(pathPrefix, paths.aliases),
      readOnly
    }))
  }
}
