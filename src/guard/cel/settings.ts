import type { Config } from '../../config/config.ts'

/** The settings that CEL reads, as CEL text: JSON literals for a configuration, template expressions for the chart. */
export interface CelSettings {
  /** List of strings. */
  readonly protectedPaths: string
  readonly kubeletRoots: string
  readonly protectedPipes: string
  readonly deniedCsiDrivers: string
  /** String. */
  readonly csiDriver: string
  /** List of maps of strings: from, to. */
  readonly aliases: string
  /** List of maps of lists of strings, since a map in the API server's CEL has values of one type. */
  readonly exemptions: string
  readonly containerRuntimeSockets: string
  readonly nodeFolders: string
  /** String: `warn` or `deny`. */
  readonly nodePrivileges: string
  /** Boolean: whether allowedHostPaths is meant. */
  readonly strict: string
  /** List of maps of strings: prefix, readOnly. */
  readonly allowedHostPaths: string
}

/** The settings of a configuration. JSON strings, lists and maps are CEL literals as they stand. */
export function celSettings({ guard, inject }: Pick<Config, 'guard' | 'inject'>): CelSettings {
  return {
    protectedPaths: JSON.stringify(guard.protectedPaths),
    kubeletRoots: JSON.stringify(guard.kubeletRoots),
    protectedPipes: JSON.stringify(guard.protectedPipes),
    deniedCsiDrivers: JSON.stringify(guard.deniedCsiDrivers),
    csiDriver: JSON.stringify(inject.csiDriver),
    aliases: JSON.stringify(Object.entries(guard.aliases).map(([from, to]) => ({ from, to }))),
    exemptions: JSON.stringify(
      guard.exemptions.map((entry) => ({
        namespace: [entry.namespace],
        serviceAccount: [entry.serviceAccount],
        paths: entry.paths,
        csiDrivers: entry.csiDrivers ?? [],
        hostPID: entry.hostPID === true ? ['hostPID'] : [],
        creators: entry.creators ?? [],
        debuggers: entry.debuggers ?? []
      }))
    ),
    containerRuntimeSockets: JSON.stringify(guard.containerRuntimeSockets),
    nodeFolders: JSON.stringify(guard.nodeFolders),
    nodePrivileges: JSON.stringify(guard.nodePrivileges),
    strict: String(guard.allowedHostPaths !== undefined),
    allowedHostPaths: JSON.stringify(
      (guard.allowedHostPaths ?? []).map(({ pathPrefix, readOnly }) => ({
        prefix: pathPrefix,
        readOnly: String(readOnly)
      }))
    )
  }
}
