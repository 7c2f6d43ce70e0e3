import type { InjectConfig } from '../config/config.ts'
import type { Pod, Volume, VolumeMount } from '../kubernetes/pod.ts'
import { quote, show } from '../kubernetes/quote.ts'
import { mountsAt, mountsAtOrBelow } from './mount-place.ts'
import { istioProxyName, optOutLabel, userVolumeAnnotations, workloadSocket } from './names.ts'
import { type PlacedContainer, placedContainers } from './recognise-proxy.ts'

/** What takes the socket's place in a pod: injection would break it in silence, so the pod is refused. */
export interface Conflict {
  readonly reason: 'InPodAgent' | 'UserVolumeConflict' | 'MountPathConflict'
  readonly message: string
}

/** Finds the first thing that takes the socket's place in istio-proxy or in the application containers that ask for it. */
export function findConflict(
  pod: Pod,
  proxy: PlacedContainer | undefined,
  apps: readonly PlacedContainer[],
  config: InjectConfig
): Conflict | undefined {
  const agent = proxy === undefined ? undefined : inPodAgent(pod, proxy, apps, config)
  if (agent !== undefined) return agent
  const wanted = [
    ...(proxy === undefined ? [] : config.mountPaths.map((path) => ({ placed: proxy, path }))),
    ...apps
      .filter((placed) => ownSocketMount(pod, placed, config) === undefined)
      .map((placed) => ({ placed, path: config.applicationMountPath }))
  ]
  for (const { placed, path } of wanted) {
    const mount = (placed.container.volumeMounts ?? [])
      .filter(isForeign)
      .find(mountsAtOrBelow(path))
    if (mount !== undefined) return conflictOf(pod, placed, mount, path)
  }
  return undefined
}

/** The mount by which an application container has the csi.spiffe.io socket at the customary place already. */
export function ownSocketMount(
  pod: Pod,
  { container }: PlacedContainer,
  config: InjectConfig
): VolumeMount | undefined {
  const at = mountsAt(config.applicationMountPath)
  const mount = (container.volumeMounts ?? []).find((mount) => isForeign(mount) && at(mount))
  if (
    mount === undefined ||
    Object.hasOwn(mount, 'subPath') ||
    Object.hasOwn(mount, 'subPathExpr')
  ) {
    return undefined
  }
  const csi = volumeOf(pod, mount)?.csi as { readonly driver?: unknown } | null | undefined
  return csi?.driver === config.csiDriver ? mount : undefined
}

const isForeign = ({ name }: VolumeMount): boolean => name !== workloadSocket

const namesOf = new WeakMap<readonly Volume[], ReadonlyMap<string, Volume>>()

/** Thousands of containers may each ask for a volume out of thousands: the names of one list are read once. */
function volumeOf(pod: Pod, { name }: VolumeMount): Volume | undefined {
  const volumes = pod.spec?.volumes ?? []
  const names = namesOf.get(volumes) ?? new Map(volumes.map((volume) => [volume.name, volume]))
  namesOf.set(volumes, names)
  return names.get(name)
}

/**
 * An agent in the pod serves its socket in an empty directory that it shares with istio-proxy: another container
 * that goes on running and may write there. The csi.spiffe.io volume would take the directory away from it.
 */
function inPodAgent(
  pod: Pod,
  proxy: PlacedContainer,
  apps: readonly PlacedContainer[],
  config: InjectConfig
): Conflict | undefined {
  const shared = sharedDirectories(pod, proxy, config)
  if (shared.size === 0) return undefined
  const asking = new Set(apps.map(({ container }) => container))
  const asksFor = mountsAt(config.applicationMountPath)
  for (const placed of placedContainers(pod, ({ name }) => name !== proxy.container.name)) {
    if (placed.list === 'initContainers' && placed.container.restartPolicy !== 'Always') continue
    const replaced = (mount: VolumeMount): boolean => asking.has(placed.container) && asksFor(mount)
    const mount = (placed.container.volumeMounts ?? []).find(
      (mount) => shared.has(mount.name) && mount.readOnly !== true && !replaced(mount)
    )
    if (mount !== undefined) return agentConflict(pod, placed, mount)
  }
  return undefined
}

/** The volumes that istio-proxy looks for its socket in, where they are plain directories of the pod. */
function sharedDirectories(
  pod: Pod,
  { container }: PlacedContainer,
  { mountPaths }: InjectConfig
): ReadonlySet<string> {
  const places = mountPaths.map(mountsAtOrBelow)
  const mounts = (container.volumeMounts ?? []).filter((mount) => places.some((at) => at(mount)))
  const names = new Set([workloadSocket, ...mounts.map(({ name }) => name)])
  const volumes = (pod.spec?.volumes ?? []).filter(({ name }) => names.has(name))
  return new Set(volumes.filter(isPlainDirectory).map(({ name }) => name))
}

/** The rendered template has no source at all; the API server fills in an emptyDir. */
export function isPlainDirectory(volume: Volume): boolean {
  return Object.keys(volume).every(
    (key) => key === 'name' || key === 'emptyDir' || volume[key] === null
  )
}

function agentConflict(pod: Pod, placed: PlacedContainer, mount: VolumeMount): Conflict {
  const annotations = annotationsThatMount(pod, mount)
  const removed =
    annotations.length > 0 ? `the container and ${listed(annotations)}` : 'the container'
  return {
    reason: 'InPodAgent',
    message: `container ${show(placed.container.name)} may write to the volume ${quote(mount.name)} at ${show(mount.mountPath)}, as an agent in the pod does that serves the socket to ${istioProxyName}; injection would take the volume away from it: remove ${removed}, as the agent of the node serves the pod, or mount the volume readOnly if the container only uses the socket, or keep the pod out with the label ${optOutLabel.key}=${optOutLabel.value}`
  }
}

function conflictOf(
  pod: Pod,
  { container }: PlacedContainer,
  mount: VolumeMount,
  path: string
): Conflict {
  const what = `container ${show(container.name)} mounts the volume ${quote(mount.name)} at ${show(mount.mountPath)}, where the Workload API socket belongs (${path})`
  const annotations = annotationsThatMount(pod, mount)
  return annotations.length > 0
    ? {
        reason: 'UserVolumeConflict',
        message: `${what}: remove ${listed(annotations)}, as the socket is mounted without`
      }
    : { reason: 'MountPathConflict', message: `${what}: mount it elsewhere` }
}

/** The annotations by which Istio put this volume into istio-proxy, as the pod carries them. */
function annotationsThatMount(pod: Pod, mount: VolumeMount): readonly string[] {
  return userVolumeAnnotations.filter((key) =>
    pod.metadata?.annotations?.[key]?.includes(JSON.stringify(mount.name))
  )
}

const listed = (annotations: readonly string[]): string =>
  `${annotations.length > 1 ? 'the annotations' : 'the annotation'} ${annotations.join(' and ')}`
