import t from 'tap'
import {
  checkDriverOnNodes,
  clusterNode,
  nodesInNeed,
  registers
} from '../../../src/verify/checks/driver-on-nodes.ts'

const use = (node: object): string | undefined => clusterNode(node as never)?.use
const labelled = (labels: object): string | undefined => use({ metadata: { labels } })
const tainted = (effect: string): string | undefined =>
  use({ spec: { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect }] } })
const system = (operatingSystem: string): object => ({ status: { nodeInfo: { operatingSystem } } })

await t.test('nodes by who may run there', async (t) => {
  t.equal(labelled({ 'kubernetes.io/os': 'linux' }), 'open')
  t.equal(use({ metadata: {} }), 'open', 'a node that does not say its system')
  t.equal(use(system('linux')), 'open')
  t.equal(labelled({ 'kubernetes.io/os': 'windows' }), undefined)
  t.equal(use(system('windows')), undefined)
  t.equal(use({ spec: { unschedulable: true } }), 'closed', 'a cordoned node')
  t.equal(tainted('NoSchedule'), 'closed', 'a control plane')
  t.equal(tainted('NoExecute'), 'closed')
  t.equal(tainted('PreferNoSchedule'), 'open')
  t.equal(labelled({ type: 'virtual-kubelet' }), 'virtual')
  t.equal(labelled({ 'eks.amazonaws.com/compute-type': 'fargate' }), 'virtual')
})

await t.test(
  'a closed node counts where pods with the socket, or of the DaemonSet, are',
  async (t) => {
    const nodes = [
      { name: 'open', use: 'open' },
      { name: 'closed', use: 'closed' },
      { name: 'virtual', use: 'virtual' }
    ] as const
    const none = new Set<string>()
    const all = new Set(['open', 'closed', 'virtual'])
    const inNeed = (withSocket: ReadonlySet<string>, withDaemon = none): readonly string[] =>
      nodesInNeed(nodes, { withSocket, withDaemon })
    t.same(inNeed(none), ['open'])
    t.same(inNeed(none, all), ['open', 'closed'], 'a DaemonSet is never up on a virtual node')
    t.same(inNeed(all), ['open', 'closed', 'virtual'])
  }
)

await t.test('a CSINode registers the drivers that it lists', async (t) => {
  const csiNode = { spec: { drivers: [{ name: 'csi.spiffe.io' }] } }
  t.ok(registers(csiNode, 'csi.spiffe.io'))
  t.notOk(registers(csiNode, 'other'))
  t.notOk(registers({ spec: { drivers: null } }, 'csi.spiffe.io'))
})

await t.test('a node without the driver is named', async (t) => {
  const result = checkDriverOnNodes(['a', 'b'], new Set(['a', 'elsewhere']), 'csi.spiffe.io')
  t.equal(result.detail, 'csi.spiffe.io is registered on 1 of 2 Linux nodes that need it')
  t.match(result.findings, [
    { reason: 'DriverNotOnNode', object: { kind: 'Node', name: 'b' }, command: /spec.nodeName=b$/ }
  ])
  t.same(checkDriverOnNodes(['a'], new Set(['a']), 'csi.spiffe.io').findings, [])
})
