import { serviceAccountOf } from '../../guard/exemptions.ts'
import { textAt } from '../../kubernetes/fields.ts'
import type { Pod } from '../../kubernetes/pod.ts'
import type { MeshState } from './mesh-pod.ts'
import { ownerOf } from './owner.ts'

/** One pod on the map. */
export interface ShownPod {
  readonly namespace: string
  readonly name: string
  readonly node: string
  /** `Kind/name`. */
  readonly owner: string
  readonly serviceAccount: string
  /** `bypassing`: it has the raw socket; `notOptedIn`: its namespace carries no label. */
  readonly state: MeshState | 'bypassing' | 'notOptedIn'
}

/** Pods that a page can hold: 5 MB of them. */
const most = 10_000

/** Keeps what the map needs of every pod, up to a number; pods beyond it are counted. */
export interface ShownPods {
  readonly add: (pod: Pod, state: ShownPod['state']) => void
  readonly result: () => { readonly pods: readonly ShownPod[]; readonly left: number }
}

/** Starts an empty collection. */
export function shownPods(): ShownPods {
  const pods: ShownPod[] = []
  let left = 0
  return {
    add: (pod, state) => {
      if (pods.length === most) {
        left += 1
        return
      }
      const { kind, name } = ownerOf(pod)
      pods.push({
        namespace: pod.metadata?.namespace ?? '',
        name: pod.metadata?.name ?? '',
        node: textAt(pod, 'spec', 'nodeName'),
        owner: `${kind}/${name}`,
        serviceAccount: serviceAccountOf(pod.spec),
        state
      })
    },
    result: () => ({ pods, left })
  }
}
