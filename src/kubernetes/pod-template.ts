import { isObject } from './json.ts'

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

/** The API group of an object's `apiVersion`: `apps/v1` is `apps`, `v1` is the empty string. */
export function apiGroup(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}

/** The value under `keys`, or undefined where one of them is missing. */
export function valueAt(object: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), object)
}
