import t from 'tap'
import type { Cluster } from '../lab/cluster.ts'
import { startCluster } from '../lab/start-cluster.ts'
import { chartPath, tbotValues } from './helm.ts'

/** A Node as its kubelet would report it; no kubelet runs behind it. */
async function addNode(cluster: Cluster, name: string, kubeletVersion: string): Promise<void> {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name } }
  await cluster.kubectl(['create', '--filename', '-'], { input: JSON.stringify(node) })
  const patch = JSON.stringify({ status: { nodeInfo: { kubeletVersion } } })
  await cluster.kubectl(['patch', 'node', name, '--subresource=status', '--patch', patch])
}

async function install(cluster: Cluster, tbot: object): Promise<string> {
  const place = ['--namespace', 'spire-system', '--dry-run=server', '--values', '-']
  const { code, stderr } = await cluster.helm(
    ['install', 'workload-api', chartPath('workload-api'), ...place],
    {
      input: JSON.stringify({ ...tbotValues, tbot: { ...tbotValues.tbot, ...tbot } }),
      allowFailure: true
    }
  )
  return code === 0 ? '' : stderr
}

await t.test(
  'kubelets that do not know nodes/pods are named before tbot fails on them',
  async (t) => {
    const cluster = await startCluster()
    t.teardown(() => cluster.stop({ keepLogs: !t.passing() }))
    await cluster.kubectl(['create', 'namespace', 'spire-system'])
    await addNode(cluster, 'new', 'v1.33.0')
    t.equal(await install(cluster, {}), '')
    await addNode(cluster, 'old', 'v1.32.9-gke.100')
    t.match(
      await install(cluster, {}),
      /tbot\.nodesProxy: .*nodes\/pods.*: old \(v1\.32\.9-gke\.100\): upgrade/
    )
    t.equal(await install(cluster, { nodesProxy: true }), '')
    t.equal(await install(cluster, { checkKubelets: false }), '')
    for (const index of [1, 2, 3, 4, 5, 6]) await addNode(cluster, `older-${index}`, 'v1.31.0')
    t.match(await install(cluster, {}), /older-4 \(v1\.31\.0\) and 2 more: upgrade/)
  }
)
