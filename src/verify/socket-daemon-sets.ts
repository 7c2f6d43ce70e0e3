import type { GuardModel } from '../guard/guard-model.ts'
import { isWithin } from '../host-paths/clean.ts'
import { type RoadKind, resolve } from '../host-paths/path-model.ts'
import type { JsonObject } from '../kubernetes/json.ts'
import { valueAt } from '../kubernetes/pod-template.ts'
import { listAt, nameOf, namespaceOf, numberAt, textAt } from './object.ts'

/** A DaemonSet that holds the socket: the agent that serves it, or the CSI driver that hands it out. */
export interface SocketDaemonSet {
  readonly role: 'agent' | 'driver'
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
  const role = roleOf(spec, model)
  return role === undefined
    ? undefined
    : {
        role,
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

function roleOf(spec: unknown, model: GuardModel): SocketDaemonSet['role'] | undefined {
  const socket = volumesOn(spec, 'socket', model)
  if (socket.size === 0) return undefined
  if (volumesOn(spec, 'csiDriver', model).size > 0) return 'driver'
  const writes = listAt(spec, 'containers').some((container) =>
    listAt(container, 'volumeMounts').some(
      (mount) => socket.has(textAt(mount, 'name')) && mount.readOnly !== true
    )
  )
  return writes ? 'agent' : undefined
}

/** The names of the hostPath volumes that lie on a road of this kind; one that only holds it is no agent's. */
function volumesOn(spec: unknown, kind: RoadKind, { paths }: GuardModel): ReadonlySet<string> {
  const roads = paths.roads.filter((road) => road.kind === kind)
  const onRoad = listAt(spec, 'volumes').filter((volume) => {
    const path = textAt(volume, 'hostPath', 'path')
    if (!path.startsWith('/')) return false
    const at = resolve(path, paths.aliases)
    return roads.some((road) => isWithin(at, road.segments))
  })
  return new Set(onRoad.map((volume) => textAt(volume, 'name')))
}
