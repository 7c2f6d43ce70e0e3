import type { Container, Pod, Volume, VolumeMount } from '../../src/kubernetes/pod.ts'
import { defaultConfig } from '../config/default-config.ts'

const config = defaultConfig.inject
const lists = ['containers', 'initContainers'] as const

interface Draft {
  name: string
  volumeMounts?: VolumeMount[] | null
  env?: { name: string; value?: string }[] | null
}

const tidy = (path: string): string => path.replace(/\/+/g, '/').replace(/\/$/, '')

/** Which containers are to be moved: an istio-proxy that runs a proxy, and what the annotation names. */
export function movedContainers(pod: Pod): ReadonlySet<string> {
  const asked = pod.metadata?.annotations?.['spiffe-webhook/app-containers']
  const moved = lists.flatMap((list) =>
    (pod.spec?.[list] ?? [])
      .filter(({ name, image, args }: Container) =>
        name === 'istio-proxy'
          ? !!image && image !== 'auto' && args?.[0] === 'proxy'
          : asked === name || (asked === '*' && list === 'containers')
      )
      .map(({ name }) => name)
  )
  return new Set(moved)
}

/** The spec as the specification describes it, by plain mutation: written without a look at the engine. */
export function intendedSpec(pod: Pod): unknown {
  const moved = movedContainers(pod)
  const spec = structuredClone(pod.spec ?? {}) as Record<string, unknown>
  let volumes = [...((spec.volumes as Volume[] | null | undefined) ?? [])]
  const socket = { name: 'workload-socket', csi: { driver: 'csi.spiffe.io', readOnly: true } }
  if (!volumes.some(({ name }) => name === socket.name)) volumes.push(socket)
  volumes = volumes.map((volume) => (volume.name === socket.name ? socket : volume))
  const dropCerts = moved.has('istio-proxy') && volumes.some(isIstioCerts)
  spec.volumes = dropCerts ? volumes.filter((volume) => !isIstioCerts(volume)) : volumes
  const all = lists.flatMap((list) => (spec[list] as Draft[] | null | undefined) ?? [])
  for (const container of all) {
    if (dropCerts && container.volumeMounts) {
      container.volumeMounts = container.volumeMounts.filter(
        ({ name }) => name !== 'workload-certs'
      )
    }
    if (moved.has(container.name)) move(container)
  }
  return spec
}

const isIstioCerts = ({ name, ...sources }: Volume): boolean =>
  name === 'workload-certs' && Object.keys(sources).every((key) => key === 'emptyDir')

function move(container: Draft): void {
  const isProxy = container.name === 'istio-proxy'
  let mounts = [...(container.volumeMounts ?? [])]
  for (const mountPath of isProxy ? config.mountPaths : [config.applicationMountPath]) {
    const first = mounts.findIndex((mount) => tidy(mount.mountPath) === mountPath)
    mounts = mounts.filter((mount, i) => i === first || tidy(mount.mountPath) !== mountPath)
    const wanted = { name: 'workload-socket', mountPath, readOnly: true }
    if (first < 0) mounts.push(wanted)
    else mounts[first] = wanted
  }
  container.volumeMounts = mounts
  let env = [...(container.env ?? [])]
  const app = { SPIFFE_ENDPOINT_SOCKET: 'unix:///spiffe-workload-api/socket' }
  for (const [name, value] of Object.entries(isProxy ? config.env : app)) {
    const first = env.findIndex((entry) => entry.name === name)
    env = env.filter((entry, i) => i === first || entry.name !== name)
    if (first < 0) env.push({ name, value })
    else env[first] = { name, value }
  }
  container.env = env
}
