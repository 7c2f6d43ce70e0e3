/** Where each kind carries its pod: the list of pod-security-admission (policy defaultPodSpecResources). */
const carriers: ReadonlyMap<string, readonly string[]> = new Map([
  ['/Pod', []],
  ['/ReplicationController', ['spec', 'template']],
  ['/PodTemplate', ['template']],
  ['apps/Deployment', ['spec', 'template']],
  ['apps/ReplicaSet', ['spec', 'template']],
  ['apps/StatefulSet', ['spec', 'template']],
  ['apps/DaemonSet', ['spec', 'template']],
  ['batch/Job', ['spec', 'template']],
  ['batch/CronJob', ['spec', 'jobTemplate', 'spec', 'template']]
])

/**
 * The keys that lead from an object of this API group and kind to its pod: empty for a Pod itself,
 * undefined for a kind that carries none. The core group is the empty string.
 */
export function podTemplatePath(group: string, kind: string): readonly string[] | undefined {
  return carriers.get(`${group}/${kind}`)
}
