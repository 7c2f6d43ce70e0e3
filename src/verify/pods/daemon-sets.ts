import type { GuardModel } from '../../guard/guard-model.ts'
import { isWithin } from '../../host-paths/clean.ts'
import { type RouteKind, resolve } from '../../host-paths/path-model.ts'
import { listAt, nameOf, namespaceOf, numberAt, textAt, valueAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'

/** The agent serves the socket, the CSI driver hands it out. */
export type SocketRole = 'agent' | 'driver'

/** A DaemonSet that holds the socket; Istio's sample of SPIRE has both roles in one. */
export interface SocketDaemonSet {
  readonly roles: readonly SocketRole[]
  readonly namespace: string
  readonly name: string
  /** status.desiredNumberScheduled and status.numberReady. */
  readonly desired: number
  readonly ready: number
  /** True where an exemption of the guard names its namespace and service account: it is meant to hold the socket. */
  readonly exempt: boolean
}

/**
 * Reads what a DaemonSet does with the socket from its host paths. The driver also mounts its own folder below
 * the kubelet's; the agent writes the socket's directory. Undefined for every other DaemonSet.
 */
export function socketDaemonSet(
  daemonSet: JsonObject,
  model: GuardModel
): SocketDaemonSet | undefined {
  const spec = valueAt(daemonSet, ['spec', 'template', 'spec'])
  const roles = rolesOf(spec, model)
  return roles.length === 0
    ? undefined
    : {
        roles,
        namespace: namespaceOf(daemonSet),
        name: nameOf(daemonSet),
        desired: numberAt(daemonSet, 'status', 'desiredNumberScheduled'),
        ready: numberAt(daemonSet, 'status', 'numberReady'),
        exempt: isExempt(namespaceOf(daemonSet), spec, model)
      }
}

function isExempt(namespace: string, spec: unknown, { exemptions }: GuardModel): boolean {
  const serviceAccount = textAt(spec, 'serviceAccountName') || textAt(spec, 'serviceAccount')
  return exemptions.some(
    (exemption) => exemption.namespace === namespace && exemption.serviceAccount === serviceAccount
  )
}

function rolesOf(spec: unknown, model: GuardModel): readonly SocketRole[] {
  const socket = volumesOn(spec, 'socket', model)
  if (socket.size === 0) return []
  const plugin = volumesOn(spec, 'csiDriver', model)
  const serves = listAt(spec, 'containers').some((container) => {
    const mounts = listAt(container, 'volumeMounts')
    const isDriver = mounts.some((mount) => plugin.has(textAt(mount, 'name')))
    return !isDriver && mounts.some((m) => socket.has(textAt(m, 'name')) && m.readOnly !== true)
  })
  return [...(serves ? ['agent' as const] : []), ...(plugin.size > 0 ? ['driver' as const] : [])]
}

/** The names of the hostPath volumes that lie on a route of this kind; one that only holds it is no agent's. */
function volumesOn(spec: unknown, kind: RouteKind, { paths }: GuardModel): ReadonlySet<string> {
  const routes = paths.routes.filter((route) => route.kind === kind)
  const onRoute = listAt(spec, 'volumes').filter((volume) => {
    const path = textAt(volume, 'hostPath', 'path')
    if (!path.startsWith('/')) return false
    const at = resolve(path, paths.aliases)
    return routes.some((route) => isWithin(at, route.segments))
  })
  return new Set(onRoute.map((volume) => textAt(volume, 'name')))
}
