import type { CheckResult } from '../check.ts'
import { type Finding, finding } from '../finding.ts'
import type { SocketDaemonSet } from '../pods/daemon-sets.ts'
import { type ClusterNode, nodesInNeed } from './driver-on-nodes.ts'

/** What is known of the agents and drivers of a cluster. */
export interface AgentFacts {
  readonly daemonSets: readonly SocketDaemonSet[]
  /** Every Linux node; undefined where they were not seen. */
  readonly nodes: readonly ClusterNode[] | undefined
  /** Names of the nodes with a pod that has the socket from the driver. */
  readonly withSocket: ReadonlySet<string>
  /** `namespace/name` of a DaemonSet to the nodes with a pod of it, ready or not. */
  readonly placedOn: ReadonlyMap<string, ReadonlySet<string>>
  /** `namespace/name` of a DaemonSet to the nodes with a ready pod of it; undefined where pods were not seen. */
  readonly readyOn: ReadonlyMap<string, ReadonlySet<string>> | undefined
  /** Where an agent was looked for; undefined means in every namespace. */
  readonly namespace: string | undefined
  /** True where the agent runs outside Kubernetes: then only the driver is a DaemonSet. */
  readonly isExternal: boolean
  readonly socketDirectories: readonly string[]
}

/** A ready pod of the agent, and of the driver, on every node that needs them. */
export function checkAgentOnNodes(facts: AgentFacts): CheckResult {
  const agents = agentsOf(facts)
  const drivers = facts.daemonSets.filter(({ roles }) => roles.includes('driver'))
  const needsAgent = agents.length === 0 && !facts.isExternal
  const shown = [...new Set([...agents, ...drivers])].map(
    ({ namespace, name, ready, desired }) => `${namespace}/${name} ${ready} of ${desired} ready`
  )
  return {
    check: 'agent-on-nodes',
    detail: detailOf(facts, shown),
    findings: [
      ...(needsAgent ? [missing(facts)] : notReady(agents, 'AgentNotReady', facts)),
      ...notReady(drivers, 'DriverNotReady', facts)
    ],
    notSeen: []
  }
}

/** Another DaemonSet that writes there is a finding of raw-socket; it counts as the agent only where none is exempt. */
function agentsOf({ daemonSets, isExternal }: AgentFacts): readonly SocketDaemonSet[] {
  if (isExternal) return []
  const writing = daemonSets.filter(({ roles }) => roles.includes('agent'))
  const exempt = writing.filter((set) => set.exempt)
  return exempt.length > 0 ? exempt : writing
}

function detailOf({ isExternal }: AgentFacts, shown: readonly string[]): string {
  if (isExternal) return ['the agent runs outside Kubernetes', ...shown].join(', ')
  return shown.length === 0 ? 'no DaemonSet serves the socket' : shown.join(', ')
}

function missing({ namespace, socketDirectories }: AgentFacts): Finding {
  const where = namespace === undefined ? 'any namespace' : `namespace ${namespace}`
  const message = `no DaemonSet in ${where} writes ${socketDirectories.join(' or ')}: without an agent no pod gets an identity`
  const command = 'helm install workload-api charts/workload-api --namespace spire-system'
  return finding('AgentMissing', { kind: 'DaemonSet', name: 'tbot' }, message, command)
}

type NotReady = 'AgentNotReady' | 'DriverNotReady'

const consequence: Readonly<Record<NotReady, string>> = {
  AgentNotReady: 'pods there get no identity, and none is renewed',
  DriverNotReady: 'pods with the socket neither start nor end there'
}

/** Several DaemonSets of one role share the nodes, for example by architecture: one ready pod is enough. */
function notReady(
  sets: readonly SocketDaemonSet[],
  reason: NotReady,
  { nodes, withSocket, placedOn, readyOn }: AgentFacts
): readonly Finding[] {
  const [first] = sets
  if (first === undefined) return []
  const { namespace, name } = first
  const look = `kubectl --namespace ${namespace} describe daemonset ${name}`
  if (nodes === undefined || readyOn === undefined) {
    const isNowhere = sets.every(({ desired }) => desired === 0)
    return sets
      .filter(({ ready, desired }) => ready < desired || isNowhere)
      .map(({ namespace, name, ready, desired }) => {
        const message = `${ready} of ${desired} pods of DaemonSet ${namespace}/${name} are ready: ${consequence[reason]}`
        return finding(reason, { kind: 'DaemonSet', namespace, name }, message, look)
      })
  }
  const ready = nodesOf(sets, readyOn)
  return nodesInNeed(nodes, { withSocket, withDaemon: nodesOf(sets, placedOn) })
    .filter((node) => !ready.has(node))
    .map((node) => {
      const message = `no pod of DaemonSet ${namespace}/${name} is ready on node ${node}: ${consequence[reason]}`
      const command = `kubectl --namespace ${namespace} get pods -o wide --field-selector spec.nodeName=${node}`
      return finding(reason, { kind: 'Node', name: node }, message, command)
    })
}

/** The nodes of several DaemonSets together. */
export function nodesOf(
  sets: readonly SocketDaemonSet[],
  on: ReadonlyMap<string, ReadonlySet<string>>
): ReadonlySet<string> {
  return new Set(sets.flatMap(({ namespace, name }) => [...(on.get(`${namespace}/${name}`) ?? [])]))
}
