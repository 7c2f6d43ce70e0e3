import { listAt, textAt } from '../../kubernetes/fields.ts'
import type { Pod } from '../../kubernetes/pod.ts'
import { daemonSetOf } from './owner.ts'

/** Which nodes have the pods that matter. */
export interface PodNodes {
  /** `namespace/name` of a watched DaemonSet to the nodes with a ready pod of it. */
  readonly readyOn: ReadonlyMap<string, ReadonlySet<string>>
  /** The same to the nodes with a pod of it, ready or not. */
  readonly placedOn: ReadonlyMap<string, ReadonlySet<string>>
  /** The nodes with a pod that has the socket from the driver. */
  readonly withSocket: ReadonlySet<string>
}

/** Starts a collection of nodes; `daemonSets` are watched, `driver` hands out the socket. */
export function podNodes(
  daemonSets: ReadonlySet<string>,
  driver: string
): { readonly add: (pod: Pod) => void; readonly result: () => PodNodes } {
  const [readyOn, placedOn] = [nodesByKey(daemonSets), nodesByKey(daemonSets)]
  const withSocket = new Set<string>()
  return {
    add: (pod) => {
      const node = textAt(pod, 'spec', 'nodeName')
      if (node === '') return
      const set = daemonSetOf(pod) ?? ''
      placedOn.get(set)?.add(node)
      if (isReady(pod)) readyOn.get(set)?.add(node)
      if (hasDriver(pod, driver)) withSocket.add(node)
    },
    result: () => ({ readyOn, placedOn, withSocket })
  }
}

const nodesByKey = (keys: ReadonlySet<string>): Map<string, Set<string>> =>
  new Map([...keys].map((key) => [key, new Set()]))

const hasDriver = (pod: Pod, driver: string): boolean =>
  listAt(pod, 'spec', 'volumes').some((volume) => textAt(volume, 'csi', 'driver') === driver)

/** The Ready condition of a pod. */
const isReady = (pod: Pod): boolean =>
  listAt(pod, 'status', 'conditions').some(
    ({ type, status }) => type === 'Ready' && status === 'True'
  )
