import type { JsonObject } from '../kubernetes/json.ts'
import { valueAt } from '../kubernetes/pod-template.ts'
import type { CheckResult } from './check.ts'
import { finding } from './finding.ts'
import { labelsOf, listAt, textAt } from './object.ts'

/** True for a node on which pods of the mesh may start: Linux, and not cordoned. */
export function takesPods(node: JsonObject): boolean {
  const system =
    labelsOf(node)['kubernetes.io/os'] ?? textAt(node, 'status', 'nodeInfo', 'operatingSystem')
  return (system === '' || system === 'linux') && valueAt(node, ['spec', 'unschedulable']) !== true
}

/** True where a CSINode lists the driver: the kubelet does so once the driver has registered with it. */
export function registers(csiNode: JsonObject, driver: string): boolean {
  return listAt(csiNode, 'spec', 'drivers').some((entry) => textAt(entry, 'name') === driver)
}

/** The driver is registered on every node that takes pods. Both lists are names of nodes. */
export function checkDriverOnNodes(
  nodes: readonly string[],
  registered: ReadonlySet<string>,
  driver: string
): CheckResult {
  const missing = nodes.filter((node) => !registered.has(node))
  return {
    check: 'driver-on-nodes',
    detail: `${driver} is registered on ${nodes.length - missing.length} of ${nodes.length} schedulable Linux nodes`,
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
