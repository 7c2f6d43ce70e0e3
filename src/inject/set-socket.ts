import { drop, type EditedList, type Edits, leaveOne } from '../kubernetes/edits.ts'
import type { EnvVar, Pod, Volume, VolumeMount } from '../kubernetes/pod.ts'
import type { InjectModel, Wanted, WantedMount } from './inject-model.ts'
import { isAt, isAtOrBelow, placeAt } from './mount-place.ts'
import { workloadCerts, workloadCertsMountPath, workloadSocket } from './names.ts'
import { isPlainDirectory } from './plain-directory.ts'
import { type PlacedContainer, placedContainers } from './recognise-proxy.ts'

const volumesOf = (pod: Pod): EditedList<Volume> => ({
  path: '/spec/volumes',
  items: pod.spec?.volumes ?? []
})

const mountsOf = ({ list, index, container }: PlacedContainer): EditedList<VolumeMount> => ({
  path: `/spec/${list}/${index}/volumeMounts`,
  items: container.volumeMounts ?? []
})

const envOf = ({ list, index, container }: PlacedContainer): EditedList<EnvVar> => ({
  path: `/spec/${list}/${index}/env`,
  items: container.env ?? []
})

/** Puts the csi.spiffe.io volume into the pod, in place of Istio's empty directory. */
export function setSocketVolume(edits: Edits, pod: Pod, { volume }: InjectModel): void {
  leaveOne(edits, volumesOf(pod), ({ name }) => name === workloadSocket, volume.item, volume.what)
}

/** Mounts the socket read-only at its places, whatever stood there of the same volume. */
export function setSocketMounts(
  edits: Edits,
  placed: PlacedContainer,
  wanted: readonly WantedMount[]
): void {
  const mounts = mountsOf(placed)
  for (const { place, item, what } of wanted) {
    leaveOne(edits, mounts, (mount) => isAt(place, mount), item, what)
  }
}

/** Sets environment variables by name; a second entry of a name, or one with valueFrom, would win over ours. */
export function setEnv(
  edits: Edits,
  placed: PlacedContainer,
  wanted: readonly Wanted<EnvVar>[]
): void {
  const env = envOf(placed)
  for (const { item, what } of wanted) {
    leaveOne(edits, env, ({ name }) => name === item.name, item, what)
  }
}

/** True where the pod's volume workload-certs is Istio's own, false where it is somebody's, undefined where it has none. */
function ownsWorkloadCerts(volumes: readonly Volume[]): boolean | undefined {
  let own: boolean | undefined
  for (const volume of volumes) {
    if (volume.name === workloadCerts) own = own !== false && isPlainDirectory(volume)
  }
  return own
}

const isOfWorkloadCerts = ({ name }: Volume | VolumeMount): boolean => name === workloadCerts

/**
 * Removes Istio's own workload-certs, an empty directory, with its mounts in every container: whoever can
 * write three PEM files there chooses the mesh identity.
 */
export function dropWorkloadCerts(edits: Edits, pod: Pod): void {
  const volumes = volumesOf(pod)
  if (ownsWorkloadCerts(volumes.items) !== true) return
  const what = `volume ${workloadCerts}`
  drop(edits, volumes, isOfWorkloadCerts, what)
  for (const placed of placedContainers(pod)) {
    drop(edits, mountsOf(placed), isOfWorkloadCerts, what)
  }
}

const certsPlace = placeAt(workloadCertsMountPath)

/**
 * The volume that is not Istio's own workload-certs and carries its name, or is mounted where pilot-agent looks
 * for certificates in files: with the files there, the agent serves them, or does not start beside the socket.
 */
export function foreignWorkloadCerts(pod: Pod, { container }: PlacedContainer): string | undefined {
  if (ownsWorkloadCerts(pod.spec?.volumes ?? []) === false) return workloadCerts
  for (const mount of container.volumeMounts ?? []) {
    if (!isOfWorkloadCerts(mount) && isAtOrBelow(certsPlace, mount)) return mount.name
  }
  return undefined
}
