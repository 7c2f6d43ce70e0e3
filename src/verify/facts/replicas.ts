import type { Get } from '../../cluster/api.ts'
import { stringsAt, textAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { Seen } from '../check.ts'
import type { Service } from './config.ts'
import { getOne, listSome } from './seen.ts'

/** A Deployment, absent where there is none, and its pods that have not ended. */
export interface Replicas {
  readonly deployment: JsonObject | undefined
  readonly pods: readonly JsonObject[]
}

/** Reads the replicas of the webhook. */
export async function readReplicas(
  get: Get,
  { namespace, name }: Service
): Promise<Seen<Replicas>> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`
  const deployment = await getOne(get, path, 'deployments.apps')
  if (deployment.kind === 'notSeen') return deployment
  if (deployment.value === undefined) {
    return { kind: 'seen', value: { deployment: undefined, pods: [] } }
  }
  const labels = Object.entries(stringsAt(deployment.value, 'spec', 'selector', 'matchLabels'))
  const request = {
    path: `/api/v1/namespaces/${namespace}/pods`,
    labelSelector: labels.map(([key, value]) => `${key}=${value}`).join(',')
  }
  const pods = await listSome(get, request, 'pods', (pod) =>
    ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase')) ||
    textAt(pod, 'metadata', 'deletionTimestamp') !== ''
      ? undefined
      : pod
  )
  if (pods.kind === 'notSeen') return pods
  return { kind: 'seen', value: { deployment: deployment.value, pods: pods.value } }
}
