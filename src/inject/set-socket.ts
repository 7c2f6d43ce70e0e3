import type { InjectConfig } from '../config/config.ts'
import type { EditedList, Edits } from '../kubernetes/edits.ts'
import { pointer } from '../kubernetes/operation.ts'
import type { EnvVar, Pod, Volume, VolumeMount } from '../kubernetes/pod.ts'
import { isPlainDirectory } from './find-conflict.ts'
import { mountsAt, mountsAtOrBelow } from './mount-place.ts'
import { workloadCerts, workloadCertsMountPath, workloadSocket } from './names.ts'
import { type PlacedContainer, placedContainers } from './recognise-proxy.ts'

const volumesOf = (pod: Pod): EditedList<Volume> => ({
  path: '/spec/volumes',
  items: pod.spec?.volumes ?? []
})

const listOf = <T>(
  { list, index }: PlacedContainer,
  key: 'env' | 'volumeMounts',
  items: readonly T[] | null | undefined
): EditedList<T> => ({ path: pointer('/spec', list, index, key), items: items ?? [] })

const mountsOf = (placed: PlacedContainer): EditedList<VolumeMount> =>
  listOf(placed, 'volumeMounts', placed.container.volumeMounts)

/** Replaces the whole volume: a csi source beside an emptyDir would be two sources, which the API refuses. */
export function setSocketVolume(edits: Edits, pod: Pod, config: InjectConfig): void {
  edits.leaveOne(
    volumesOf(pod),
    ({ name }) => name === workloadSocket,
    { name: workloadSocket, csi: { driver: config.csiDriver, readOnly: true } },
    `volume ${workloadSocket}`
  )
}

/** Mounts the socket read-only at `mountPath`, whatever stood there of the same volume. */
export function setSocketMount(edits: Edits, placed: PlacedContainer, mountPath: string): void {
  edits.leaveOne(
    mountsOf(placed),
    mountsAt(mountPath),
    { name: workloadSocket, mountPath, readOnly: true },
    `mount ${mountPath}`
  )
}

/** Sets one environment variable by name; a second entry of the name, or one with valueFrom, would win over it. */
export function setEnv(edits: Edits, placed: PlacedContainer, name: string, value: string): void {
  edits.leaveOne(
    listOf<EnvVar>(placed, 'env', placed.container.env),
    (entry) => entry.name === name,
    { name, value },
    `env ${name}`
  )
}

/**
 * Removes Istio's own workload-certs, an empty directory, with its mounts in every container: whoever can
 * write three PEM files there chooses the mesh identity.
 */
export function dropWorkloadCerts(edits: Edits, pod: Pod): void {
  const volumes = volumesOf(pod)
  const found = volumes.items.filter(({ name }) => name === workloadCerts)
  if (found.length === 0 || !found.every(isPlainDirectory)) return
  const what = `volume ${workloadCerts}`
  edits.drop(volumes, ({ name }) => name === workloadCerts, what)
  for (const placed of placedContainers(pod)) {
    edits.drop(mountsOf(placed), ({ name }) => name === workloadCerts, what)
  }
}

/**
 * The volume that is not Istio's own workload-certs and carries its name, or is mounted where pilot-agent looks
 * for certificates in files: with the files there, the agent serves them, or does not start beside the socket.
 */
export function foreignWorkloadCerts(pod: Pod, { container }: PlacedContainer): string | undefined {
  const volumes = pod.spec?.volumes ?? []
  const named = volumes.filter(({ name }) => name === workloadCerts)
  if (!named.every(isPlainDirectory)) return workloadCerts
  const at = mountsAtOrBelow(workloadCertsMountPath)
  return (container.volumeMounts ?? []).find((mount) => mount.name !== workloadCerts && at(mount))
    ?.name
}
