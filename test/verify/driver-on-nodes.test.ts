import t from 'tap'
import { checkDriverOnNodes, registers, takesPods } from '../../src/verify/driver-on-nodes.ts'

const os = (value: string): object => ({ metadata: { labels: { 'kubernetes.io/os': value } } })

await t.test('nodes that take pods of the mesh', async (t) => {
  t.ok(takesPods(os('linux') as never))
  t.ok(takesPods({ metadata: {} }), 'a node that does not say its system')
  t.ok(takesPods({ metadata: {}, status: { nodeInfo: { operatingSystem: 'linux' } } }))
  t.notOk(takesPods(os('windows') as never))
  t.notOk(takesPods({ metadata: {}, status: { nodeInfo: { operatingSystem: 'windows' } } }))
  t.notOk(takesPods({ metadata: {}, spec: { unschedulable: true } }), 'a cordoned node')
})

await t.test('a CSINode registers the drivers that it lists', async (t) => {
  const csiNode = { spec: { drivers: [{ name: 'csi.spiffe.io' }] } }
  t.ok(registers(csiNode, 'csi.spiffe.io'))
  t.notOk(registers(csiNode, 'other'))
  t.notOk(registers({ spec: { drivers: null } }, 'csi.spiffe.io'))
})

await t.test('a node without the driver is named', async (t) => {
  const result = checkDriverOnNodes(['a', 'b'], new Set(['a', 'elsewhere']), 'csi.spiffe.io')
  t.equal(result.detail, 'csi.spiffe.io is registered on 1 of 2 schedulable Linux nodes')
  t.match(result.findings, [
    { reason: 'DriverNotOnNode', object: { kind: 'Node', name: 'b' }, command: /spec.nodeName=b$/ }
  ])
  t.same(checkDriverOnNodes(['a'], new Set(['a']), 'csi.spiffe.io').findings, [])
})
