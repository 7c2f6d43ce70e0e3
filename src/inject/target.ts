import type { InjectConfig } from '../config/config.ts'
import type { Pod } from '../kubernetes/pod.ts'
import { quote, show } from '../kubernetes/quote.ts'
import { namedIstioProxy, type PlacedContainer, runsProxy } from './istio-proxy.ts'
import { optOutLabel } from './names.ts'
import { readProxyPair } from './template-stub.ts'
import { mountConflict } from './workload-socket.ts'

/** True where the pod's own label keeps it out and the administrator lets it. */
export function isOptedOut(pod: Pod, config: InjectConfig): boolean {
  return config.allowOptOut && pod.metadata?.labels?.[optOutLabel.key] === optOutLabel.value
}

/** The istio-proxy to move with the stub beside it, none, or two copies that nobody can tell apart. */
export type Target =
  | { readonly kind: 'found'; readonly proxy?: PlacedContainer; readonly stub?: PlacedContainer }
  | { readonly kind: 'broken'; readonly message: string }

/** Finds the istio-proxy that runs a proxy, in either list. */
export function findTarget(pod: Pod, config: InjectConfig): Target {
  const named = namedIstioProxy(pod)
  const [only] = named
  if (named.length > 1) {
    const pair = readProxyPair(pod, named, config)
    return pair.kind === 'broken' ? pair : { kind: 'found', proxy: pair.proxy, stub: pair.stub }
  }
  return only !== undefined && runsProxy(only.container)
    ? { kind: 'found', proxy: only }
    : { kind: 'found' }
}

/** The one sentence that says which mount stands where the socket belongs, if any. */
export function findConflict(
  proxy: PlacedContainer | undefined,
  apps: readonly PlacedContainer[],
  config: InjectConfig
): string | undefined {
  const wanted = [
    ...(proxy === undefined ? [] : config.mountPaths.map((path) => ({ placed: proxy, path }))),
    ...apps.map((placed) => ({ placed, path: config.applicationMountPath }))
  ]
  for (const { placed, path } of wanted) {
    const mount = mountConflict(placed.container, path)
    if (mount !== undefined) {
      return `container ${show(placed.container.name)} mounts the volume ${quote(mount.name)} at ${show(mount.mountPath)}, where the Workload API socket belongs (${path}): mount it elsewhere`
    }
  }
  return undefined
}
