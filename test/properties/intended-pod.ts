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
  const all = lists.flatMap((list) => (spec[list] as Draft[] | null | undefined) ?? [])
  const needed = all.some(
    (container) => moved.has(container.name) && !hasOwnSocket(container, volumes)
  )
  if (needed) {
    if (!volumes.some(({ name }) => name === socket.name)) volumes.push(socket)
    volumes = volumes.map((volume) => (volume.name === socket.name ? socket : volume))
  }
  const dropCerts = moved.has('istio-proxy') && volumes.some(isIstioCerts)
  const kept = volumes
  spec.volumes = dropCerts ? volumes.filter((volume) => !isIstioCerts(volume)) : volumes
  for (const container of all) {
    if (dropCerts && container.volumeMounts) {
      container.volumeMounts = container.volumeMounts.filter(
        ({ name }) => name !== 'workload-certs'
      )
    }
    if (moved.has(container.name)) move(container, hasOwnSocket(container, kept))
  }
  return spec
}

const isIstioCerts = ({ name, ...sources }: Volume): boolean =>
  name === 'workload-certs' && Object.keys(sources).every((key) => key === 'emptyDir')

/** An application that mounts csi.spiffe.io at the customary place by a volume of its own. */
function hasOwnSocket({ name, volumeMounts }: Draft, volumes: readonly Volume[]): boolean {
  if (name === 'istio-proxy') return false
  return (volumeMounts ?? []).some((mount) => {
    const volume = volumes.find((one) => one.name === mount.name)
    const csi = volume?.csi as { driver?: unknown } | null | undefined
    const isThere = tidy(mount.mountPath) === config.applicationMountPath
    const isPart = 'subPath' in mount || 'subPathExpr' in mount
    return (
      isThere && !isPart && mount.name !== 'workload-socket' && csi?.driver === config.csiDriver
    )
  })
}

function move(container: Draft, hasOwn: boolean): void {
  const isProxy = container.name === 'istio-proxy'
  if (hasOwn && container.env?.some(({ name }) => name === 'SPIFFE_ENDPOINT_SOCKET')) return
  let mounts = [...(container.volumeMounts ?? [])]
  const paths = isProxy ? config.mountPaths : hasOwn ? [] : [config.applicationMountPath]
  for (const mountPath of paths) {
    const first = mounts.findIndex((mount) => tidy(mount.mountPath) === mountPath)
    mounts = mounts.filter((mount, i) => i === first || tidy(mount.mountPath) !== mountPath)
    const wanted = { name: 'workload-socket', mountPath, readOnly: true }
    if (first < 0) mounts.push(wanted)
    else mounts[first] = wanted
  }
  if (paths.length > 0) container.volumeMounts = mounts
  setEnvironment(container, isProxy)
}

function setEnvironment(container: Draft, isProxy: boolean): void {
  let env = [...(container.env ?? [])]
  const app = { SPIFFE_ENDPOINT_SOCKET: 'unix:///spiffe-workload-api/socket' }
  const proxy = {
    CA_ADDR: 'unix:///run/secrets/workload-spiffe-uds/socket',
    PILOT_CERT_PROVIDER: 'workloadapi'
  }
  for (const [name, value] of Object.entries(isProxy ? proxy : app)) {
    const first = env.findIndex((entry) => entry.name === name)
    env = env.filter((entry, i) => i === first || entry.name !== name)
    if (first < 0) env.push({ name, value })
    else env[first] = { name, value }
  }
  container.env = env
}
