import { labelsOf, listAt, nameOf, textAt, valueAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { CheckResult } from '../check.ts'
import { finding } from '../finding.ts'

/** A Linux node. */
export interface ClusterNode {
  readonly name: string
  /** Open to every pod; closed to most by a cordon or a taint; or virtual, where no DaemonSet and no driver can run. */
  readonly use: 'open' | 'closed' | 'virtual'
}

/** Where pods with the socket are, and where a DaemonSet has put its pods: both make a closed node count. */
export interface NodeUse {
  readonly withSocket: ReadonlySet<string>
  readonly withDaemon: ReadonlySet<string>
}

/** Taints of control planes, dedicated pools and starting or ailing nodes keep ordinary pods away. */
const closing = new Set(['NoSchedule', 'NoExecute'])

/** Labels of nodes that are no machines (virtual-kubelet node/nodeutil; EKS Fargate), with their values. */
const virtualLabels = [
  ['type', 'virtual-kubelet'],
  ['eks.amazonaws.com/compute-type', 'fargate']
] as const

/** Reads a node; undefined for one with another system, where no pod of the mesh can run. */
export function clusterNode(node: JsonObject): ClusterNode | undefined {
  const labels = labelsOf(node)
  const system = labels['kubernetes.io/os'] ?? textAt(node, 'status', 'nodeInfo', 'operatingSystem')
  if (system !== '' && system !== 'linux') return undefined
  const name = nameOf(node)
  if (virtualLabels.some(([key, value]) => labels[key] === value)) return { name, use: 'virtual' }
  const isClosed =
    valueAt(node, ['spec', 'unschedulable']) === true ||
    listAt(node, 'spec', 'taints').some((taint) => closing.has(textAt(taint, 'effect')))
  return { name, use: isClosed ? 'closed' : 'open' }
}

/** The names of the nodes that need the driver and the agent: those that take pods, or have some that count. */
export function nodesInNeed(
  nodes: readonly ClusterNode[],
  { withSocket, withDaemon }: NodeUse
): readonly string[] {
  return nodes
    .filter(
      ({ name, use }) =>
        use === 'open' || withSocket.has(name) || (use === 'closed' && withDaemon.has(name))
    )
    .map(({ name }) => name)
}

/** True where a CSINode lists the driver: the kubelet does so once the driver has registered with it. */
export function registers(csiNode: JsonObject, driver: string): boolean {
  return listAt(csiNode, 'spec', 'drivers').some((entry) => textAt(entry, 'name') === driver)
}

/** The driver is registered on every node that needs it. Both lists are names of nodes. */
export function checkDriverOnNodes(
  nodes: readonly string[],
  registered: ReadonlySet<string>,
  driver: string
): CheckResult {
  const missing = nodes.filter((node) => !registered.has(node))
  return {
    check: 'driver-on-nodes',
    detail: `${driver} is registered on ${nodes.length - missing.length} of ${nodes.length} Linux nodes that need it`,
    findings: missing.map((node) =>
      finding(
        'DriverNotOnNode',
        { kind: 'Node', name: node },
        `${driver} is not registered on node ${node}: pods with the socket stay in ContainerCreating there`,
        `kubectl get pods --all-namespaces -o wide --field-selector spec.nodeName=${node}`
      )
    ),
    notSeen: []
  }
}
