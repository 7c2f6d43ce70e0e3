import type { Cluster } from '../lab/cluster.ts'

const namespace = 'spire-system'

const select = async (
  { kubectl }: Cluster,
  name: string,
  nodeSelector: object | null
): Promise<void> => {
  const patch = JSON.stringify({ spec: { template: { spec: { nodeSelector } } } })
  await kubectl(['-n', namespace, 'patch', 'daemonset', name, '--patch', patch])
}

/** Takes the pods of a DaemonSet off every node, as if they had failed, and waits until they are gone. */
export const stopDaemonSet = async (cluster: Cluster, name: string): Promise<void> => {
  const { kubectl } = cluster
  const get = ['-n', namespace, 'get', 'daemonset', name, '-o', 'json']
  const { matchLabels } = JSON.parse((await kubectl(get)).stdout).spec.selector
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`)
  await select(cluster, name, { stopped: 'true' })
  const gone = ['wait', '--for=delete', 'pod', '-l', labels.join(','), '--timeout=60s']
  await kubectl(['-n', namespace, ...gone])
}

/** Puts them back and waits until they are ready. */
export const startDaemonSet = async (cluster: Cluster, name: string): Promise<void> => {
  await select(cluster, name, { stopped: null })
  const rollout = ['rollout', 'status', `daemonset/${name}`, '--timeout=90s']
  await cluster.kubectl(['-n', namespace, ...rollout])
}
