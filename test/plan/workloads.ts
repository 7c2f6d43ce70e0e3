import type { Pod } from '../../src/kubernetes/pod.ts'
import { collectWorkloads, type Workload } from '../../src/plan/workload.ts'
import type { Owner } from '../../src/verify/pods/owner.ts'

/** One workload whose newest pod is this one. */
export function workload(pod: Pod, owner: Owner = { kind: 'Deployment', name: 'shop' }): Workload {
  const workloads = collectWorkloads()
  workloads.addPod(pod, owner)
  const [one] = workloads.result()
  if (one === undefined) throw new Error('the pod cannot be decoded')
  return one
}

/** A pod of a node agent that mounts host paths. */
export const agent = (...paths: readonly string[]): Pod => ({
  metadata: { name: 'agent-1', namespace: 'monitoring' },
  spec: {
    serviceAccountName: 'node-agent',
    containers: [{ name: 'agent', image: 'agent:1' }],
    volumes: paths.map((path, index) => ({ name: `host-${index}`, hostPath: { path } }))
  }
})
