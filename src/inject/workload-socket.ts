import type { InjectConfig } from '../config/config.ts'
import { segments } from '../host-paths/clean.ts'
import type { EditedList, Edits } from '../kubernetes/edits.ts'
import { pointer } from '../kubernetes/operation.ts'
import type { Container, EnvVar, Pod, Volume, VolumeMount } from '../kubernetes/pod.ts'
import { type PlacedContainer, placedContainers } from './istio-proxy.ts'
import { workloadCerts, workloadSocket } from './names.ts'

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

/** A relative path, an empty, `.` or `..` segment, or a slash at the end: all that cleaning would change. */
const unclean = /^[^/]|\/\.{0,2}(?:\/|$)/

/** The kubelet puts a slash in front of a relative path (kubelet_pods.go makeMounts); the runtime resolves `..`. */
function clean(path: string): string {
  if (!unclean.test(path)) return path
  const at: string[] = []
  for (const segment of segments(path)) {
    if (segment === '..') at.pop()
    else at.push(segment)
  }
  return `/${at.join('/')}`
}

/**
 * Kubernetes compares mount paths as strings; the node does not: `run/x/` and `/run/x` are one place. Few
 * mounts hold the last segment at all, so the others are not cleaned.
 */
const cleanIfNear = (mount: VolumeMount, wanted: string): string =>
  mount.mountPath.includes(wanted.slice(wanted.lastIndexOf('/') + 1)) ? clean(mount.mountPath) : ''

const mountsAt = (path: string): ((mount: VolumeMount) => boolean) => {
  const wanted = clean(path)
  return (mount) => cleanIfNear(mount, wanted) === wanted
}

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

/** What is wrong at `mountPath`: the mount of another volume, there or below, hides the socket. */
export function mountConflict(container: Container, mountPath: string): VolumeMount | undefined {
  const wanted = clean(mountPath)
  return (container.volumeMounts ?? []).find((mount) => {
    const at = cleanIfNear(mount, wanted)
    return mount.name !== workloadSocket && (at === wanted || at.startsWith(`${wanted}/`))
  })
}

/**
 * Removes Istio's own workload-certs, an empty directory, with its mounts in every container: whoever can
 * write three PEM files there chooses the mesh identity. Answers true where the volume is somebody else's.
 */
export function dropWorkloadCerts(edits: Edits, pod: Pod): boolean {
  const volumes = volumesOf(pod)
  const found = volumes.items.filter(({ name }) => name === workloadCerts)
  if (found.length === 0) return false
  if (!found.every(isIstioOwn)) return true
  const what = `volume ${workloadCerts}`
  edits.drop(volumes, ({ name }) => name === workloadCerts, what)
  for (const placed of placedContainers(pod)) {
    edits.drop(mountsOf(placed), ({ name }) => name === workloadCerts, what)
  }
  return false
}

/** The rendered template has no source at all; the API server fills in an emptyDir. */
function isIstioOwn(volume: Volume): boolean {
  return Object.keys(volume).every(
    (key) => key === 'name' || key === 'emptyDir' || volume[key] === null
  )
}
