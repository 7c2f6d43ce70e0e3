import type { ClusterFacts } from './facts/facts.ts'
import type { SocketRole } from './pods/daemon-sets.ts'
import type { SurveyResult } from './pods/survey.ts'
import type { MeshMap } from './report.ts'

const roles: Readonly<Record<SocketRole, string>> = { agent: 'agent', driver: 'CSI driver' }

/** The map of a report: pods, and for each of their nodes whether agent and driver are ready there. */
export function meshMap({ daemonSets }: ClusterFacts, survey: SurveyResult): MeshMap {
  const { shown, readyOn } = survey
  const names = [...new Set(shown.pods.map(({ node }) => node))]
  const sets = daemonSets.kind === 'seen' ? daemonSets.value : []
  const isReady = (role: SocketRole, node: string): boolean =>
    sets.some(
      (set) => set.roles.includes(role) && readyOn.get(`${set.namespace}/${set.name}`)?.has(node)
    )
  const note = (node: string): string =>
    (Object.keys(roles) as SocketRole[])
      .map((role) => `${roles[role]} ${isReady(role, node) ? 'ready' : 'not ready'}`)
      .join(', ')
  const nodes = Object.fromEntries(
    names.filter((node) => node !== '').map((node) => [node, note(node)])
  )
  return { ...shown, nodes: daemonSets.kind === 'seen' ? nodes : {} }
}
