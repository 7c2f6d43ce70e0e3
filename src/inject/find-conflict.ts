import type { Container, Pod, Volume, VolumeMount } from '../kubernetes/pod.ts'
import { quote, show } from '../kubernetes/quote.ts'
import type { InjectModel } from './inject-model.ts'
import { isAt, isAtOrBelow, type Place } from './mount-place.ts'
import { istioProxyName, optOutLabel, userVolumeAnnotations, workloadSocket } from './names.ts'
import { isPlainDirectory } from './plain-directory.ts'
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
  model: InjectModel
): Conflict | undefined {
  if (proxy !== undefined) {
    const agent = inPodAgent(pod, proxy, apps, model)
    if (agent !== undefined) return agent
    for (const { place } of model.proxyMounts) {
      const conflict = conflictAt(pod, proxy, place)
      if (conflict !== undefined) return conflict
    }
  }
  for (const app of apps) {
    if (ownSocketMount(pod, app, model) !== undefined) continue
    const conflict = conflictAt(pod, app, model.applicationMount.place)
    if (conflict !== undefined) return conflict
  }
  return undefined
}

function conflictAt(pod: Pod, placed: PlacedContainer, place: Place): Conflict | undefined {
  for (const mount of placed.container.volumeMounts ?? []) {
    if (isForeign(mount) && isAtOrBelow(place, mount)) return conflictOf(pod, placed, mount, place)
  }
  return undefined
}

/** The mount by which an application container has the csi.spiffe.io socket at the customary place already. */
export function ownSocketMount(
  pod: Pod,
  { container }: PlacedContainer,
  { config, applicationMount: { place } }: InjectModel
): VolumeMount | undefined {
  const mount = (container.volumeMounts ?? []).find(
    (mount) => isForeign(mount) && isAt(place, mount)
  )
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
  model: InjectModel
): Conflict | undefined {
  const shared = sharedDirectories(pod, proxy, model)
  if (shared.size === 0) return undefined
  const asking = new Set(apps.map(({ container }) => container))
  for (const placed of placedContainers(pod)) {
    const { list, container } = placed
    if (container.name === proxy.container.name) continue
    if (list === 'initContainers' && container.restartPolicy !== 'Always') continue
    const replaced = asking.has(container) ? model.applicationMount.place : undefined
    const mount = writableMount(container, shared, replaced)
    if (mount !== undefined) return agentConflict(pod, placed, mount)
  }
  return undefined
}

function writableMount(
  { volumeMounts }: Container,
  shared: ReadonlySet<string>,
  replaced: Place | undefined
): VolumeMount | undefined {
  for (const mount of volumeMounts ?? []) {
    if (!shared.has(mount.name) || mount.readOnly === true) continue
    if (replaced === undefined || !isAt(replaced, mount)) return mount
  }
  return undefined
}

/** The volumes that istio-proxy looks for its socket in, where they are plain directories of the pod. */
function sharedDirectories(
  pod: Pod,
  { container }: PlacedContainer,
  { proxyMounts }: InjectModel
): ReadonlySet<string> {
  const names = new Set([workloadSocket])
  for (const mount of container.volumeMounts ?? []) {
    for (const { place } of proxyMounts) if (isAtOrBelow(place, mount)) names.add(mount.name)
  }
  const shared = new Set<string>()
  for (const volume of pod.spec?.volumes ?? []) {
    if (names.has(volume.name) && isPlainDirectory(volume)) shared.add(volume.name)
  }
  return shared
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
  { path }: Place
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
