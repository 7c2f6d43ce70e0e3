import { isWithin, segments } from './clean.ts'

/** What a route on the node leads to. */
export type RouteKind = 'socket' | 'kubelet' | 'csiDriver'

/** A place on the node whose mount, or the mount of whatever holds it or lies in it, is a route to the socket. */
export interface Route {
  readonly kind: RouteKind
  readonly path: string
  readonly segments: readonly string[]
}

/** The administrator's part of the model: the guard section of the configuration. */
export interface PathSettings {
  readonly protectedPaths: readonly string[]
  readonly protectedPipes: readonly string[]
  readonly aliases: Readonly<Record<string, string>>
  readonly kubeletRoots: readonly string[]
  readonly containerRuntimeSockets: readonly string[]
  readonly nodeFolders: readonly string[]
  /** The CSI driver's name, which is also the name of its folder under `<kubelet root>/plugins`. */
  readonly csiDriver: string
}

/** One symbolic link of the node's file system, such as `/var/run` to `/run`. */
export interface Alias {
  readonly from: readonly string[]
  readonly to: readonly string[]
}

/** The whole path model, as data: `judgePath` reads it, and the CEL policy is rendered from it. */
export interface PathModel {
  readonly aliases: readonly Alias[]
  readonly routes: readonly Route[]
  /** Windows named pipes, as `pipeName` writes them. */
  readonly pipes: readonly string[]
  readonly containerRuntimeSockets: readonly (readonly string[])[]
  /** Folders whose files make a program of the node run, mount or register something. */
  readonly nodeFolders: readonly (readonly string[])[]
}

/**
 * Below a kubelet root: other pods' CSI mounts, the driver's own socket, the folder where a driver registers
 * (kubernetes pkg/kubelet/config: DefaultKubeletPodsDirName, DefaultKubeletPluginsDirName,
 * DefaultKubeletPluginsRegistrationDirName).
 */
const kubeletRoutes = (
  root: string,
  csiDriver: string
): readonly (readonly [RouteKind, string])[] => [
  ['kubelet', `${root}/pods`],
  ['csiDriver', `${root}/plugins/${csiDriver}`],
  ['csiDriver', `${root}/plugins_registry`]
]

/**
 * Below a kubelet root: where a device plugin registers (kubernetes pkg/kubelet/apis/deviceplugin DevicePluginPath), the
 * sockets of drivers that mount as root, and the kubelet's key.
 */
export const kubeletFolders: readonly string[] = ['device-plugins', 'plugins', 'pki']

/** The segments of a host path after cleaning; the first alias that fits is followed, once. */
export function resolve(path: string, aliases: readonly Alias[]): readonly string[] {
  const at = segments(path)
  const alias = aliases.find(({ from }) => isWithin(at, from))
  return alias === undefined ? at : [...alias.to, ...at.slice(alias.from.length)]
}

/** A Windows pipe as Windows compares it: without case, `/` taken for `\`, and `\\?\` for `\\.\`. */
export function pipeName(path: string): string {
  return path
    .toLowerCase()
    .replaceAll('/', '\\')
    .replace(/^\\\\\?\\/, '\\\\.\\')
}

/** Builds the model once for a configuration; the configuration's own paths are cleaned and aliased alike. */
export function pathModel(settings: PathSettings): PathModel {
  const aliases = Object.entries(settings.aliases).map(([from, to]) => ({
    from: segments(from),
    to: segments(to)
  }))
  const route = ([kind, path]: readonly [RouteKind, string]): Route => {
    const at = resolve(path, aliases)
    return { kind, path: `/${at.join('/')}`, segments: at }
  }
  return {
    aliases,
    routes: [
      ...settings.protectedPaths.map((path) => route(['socket', path])),
      ...settings.kubeletRoots.flatMap((root) => kubeletRoutes(root, settings.csiDriver).map(route))
    ],
    pipes: settings.protectedPipes.map(pipeName),
    containerRuntimeSockets: settings.containerRuntimeSockets.map((path) => resolve(path, aliases)),
    nodeFolders: [
      ...settings.nodeFolders,
      ...settings.kubeletRoots.flatMap((root) => kubeletFolders.map((name) => `${root}/${name}`))
    ].map((path) => resolve(path, aliases))
  }
}
