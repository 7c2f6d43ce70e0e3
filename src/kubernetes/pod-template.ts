/** A kind that carries a pod, as a REST mapping has it, and the keys that lead to the pod: none for a Pod itself. */
export interface PodCarrier {
  /** API group: empty for core. All are of version v1. */
  readonly group: string
  readonly kind: string
  readonly plural: string
  readonly keys: readonly string[]
}

/** Every kind of Kubernetes that carries a pod: the list of pod-security-admission (policy defaultPodSpecResources). */
export const podCarriers: readonly PodCarrier[] = [
  { group: '', kind: 'Pod', plural: 'pods', keys: [] },
  {
    group: '',
    kind: 'ReplicationController',
    plural: 'replicationcontrollers',
    keys: ['spec', 'template']
  },
  { group: '', kind: 'PodTemplate', plural: 'podtemplates', keys: ['template'] },
  { group: 'apps', kind: 'Deployment', plural: 'deployments', keys: ['spec', 'template'] },
  { group: 'apps', kind: 'ReplicaSet', plural: 'replicasets', keys: ['spec', 'template'] },
  { group: 'apps', kind: 'StatefulSet', plural: 'statefulsets', keys: ['spec', 'template'] },
  { group: 'apps', kind: 'DaemonSet', plural: 'daemonsets', keys: ['spec', 'template'] },
  { group: 'batch', kind: 'Job', plural: 'jobs', keys: ['spec', 'template'] },
  {
    group: 'batch',
    kind: 'CronJob',
    plural: 'cronjobs',
    keys: ['spec', 'jobTemplate', 'spec', 'template']
  }
]

const byKind: ReadonlyMap<string, PodCarrier> = new Map(
  podCarriers.map((carrier) => [`${carrier.group}/${carrier.kind}`, carrier])
)

/**
 * The keys that lead from an object of this API group and kind to its pod: empty for a Pod itself,
 * undefined for a kind that carries none. The core group is the empty string.
 */
export function podTemplatePath(group: string, kind: string): readonly string[] | undefined {
  return byKind.get(`${group}/${kind}`)?.keys
}
