import type { Container, ContainerList, Pod } from '../kubernetes/pod.ts'
import { lastEnv } from './last-env.ts'
import { istioProxyName } from './names.ts'

/** A container and where it stands in its pod. */
export interface PlacedContainer {
  readonly list: ContainerList
  readonly index: number
  readonly container: Container
}

/** Istio looks through containers first (pkg/kube/inject/app_probe.go FindSidecar): do the same. */
const lists = ['containers', 'initContainers'] as const

/** Every container that is created with the pod, application containers first. */
export function placedContainers(pod: Pod): readonly PlacedContainer[] {
  const placed: PlacedContainer[] = []
  for (const list of lists) {
    const containers = pod.spec?.[list] ?? []
    for (let index = 0; index < containers.length; index++) {
      const container = containers[index]
      if (container !== undefined) placed.push({ list, index, container })
    }
  }
  return placed
}

/**
 * Every container named istio-proxy; a valid pod has at most one. Ambient's ztunnel carries the name too (istio
 * manifests/charts/ztunnel/templates/daemonset.yaml): it is no Envoy, and takes identities of other pods from istiod.
 */
export function namedIstioProxy(pod: Pod): readonly PlacedContainer[] {
  return placedContainers(pod).filter(
    ({ container }) => container.name === istioProxyName && !isZtunnel(container)
  )
}

function isZtunnel({ args }: Container): boolean {
  return args?.[0] === 'proxy' && args[1] === 'ztunnel'
}

/**
 * True for a container that runs pilot-agent as a proxy: sidecar, gateway or waypoint. `auto` is the image of
 * a gateway that Istio has not filled in yet; the image's own name says nothing (vendors rename it).
 */
export function runsProxy(container: Container): boolean {
  const { image, args } = container
  return typeof image === 'string' && image !== '' && image !== 'auto' && args?.[0] === 'proxy'
}

/** The spellings that Go's strconv.ParseBool takes for true, as pilot-agent reads its environment. */
const goTrue = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])

/** True for Istio's grpc-agent: no Envoy, so nothing that could read an external SDS socket. */
export function isProxylessGrpc(container: Container): boolean {
  const disabled = lastEnv(container, 'DISABLE_ENVOY')
  return disabled !== undefined && goTrue.has(disabled)
}
