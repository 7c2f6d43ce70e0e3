import t from 'tap'
import { guardModel } from '../../../src/guard/guard-model.ts'
import { type AgentFacts, checkAgentOnNodes } from '../../../src/verify/checks/agent-on-nodes.ts'
import { type SocketDaemonSet, socketDaemonSet } from '../../../src/verify/pods/daemon-sets.ts'
import { defaultConfig } from '../../config/default-config.ts'

const model = guardModel(defaultConfig)

interface Shape {
  readonly paths: readonly string[]
  readonly readOnly?: boolean
  readonly serviceAccountName?: string
  /** One container for each volume, not one for all. */
  readonly apart?: boolean
}

const read = (shape: Shape): unknown => {
  const { paths, readOnly = false, serviceAccountName = 'tbot', apart = false } = shape
  const volumeMounts = paths.map((_, i) => ({ name: `v${i}`, readOnly }))
  return socketDaemonSet(
    {
      metadata: { name: 'tbot', namespace: 'spire-system' },
      spec: {
        template: {
          spec: {
            serviceAccountName,
            containers: apart
              ? volumeMounts.map((mount) => ({ volumeMounts: [mount] }))
              : [{ volumeMounts }],
            volumes: paths.map((path, i) => ({ name: `v${i}`, hostPath: { path } }))
          }
        }
      },
      status: { desiredNumberScheduled: 2, numberReady: 1 }
    },
    model
  )
}

await t.test('what a DaemonSet does with the socket is read from its host paths', async (t) => {
  const socket = '/run/spire/agent-sockets'
  const plugin = '/var/lib/kubelet/plugins/csi.spiffe.io'
  t.match(read({ paths: [socket] }), { roles: ['agent'], desired: 2, ready: 1, exempt: true })
  t.match(read({ paths: ['/var/run/spire/agent-sockets/'] }), { roles: ['agent'] }, 'an alias')
  t.match(read({ paths: [socket], serviceAccountName: 'else' }), {
    roles: ['agent'],
    exempt: false
  })
  t.match(read({ paths: [socket, plugin], readOnly: true }), { roles: ['driver'] })
  t.match(read({ paths: [socket, plugin] }), { roles: ['driver'] }, 'a driver that may write too')
  const both = read({ paths: [socket, plugin], apart: true })
  t.match(both, { roles: ['agent', 'driver'] }, 'two containers of one DaemonSet')
  t.equal(read({ paths: [socket], readOnly: true }), undefined, 'who only reads serves nothing')
  t.equal(read({ paths: ['/'] }), undefined, 'who sees the whole node is no agent')
  t.equal(read({ paths: ['relative'] }), undefined)
  t.equal(read({ paths: [] }), undefined)
})

const agent: SocketDaemonSet = {
  roles: ['agent'],
  namespace: 'spire-system',
  name: 'tbot',
  desired: 2,
  ready: 2,
  exempt: true
}
const driver: SocketDaemonSet = { ...agent, roles: ['driver'], name: 'spiffe-csi-driver' }
const everywhere = new Set(['a', 'b'])
const facts: AgentFacts = {
  daemonSets: [agent, driver],
  nodes: [
    { name: 'a', use: 'open' },
    { name: 'b', use: 'open' },
    { name: 'master', use: 'closed' }
  ],
  withSocket: new Set(),
  placedOn: new Map(),
  readyOn: new Map([
    ['spire-system/tbot', everywhere],
    ['spire-system/spiffe-csi-driver', everywhere]
  ]),
  namespace: undefined,
  isExternal: false,
  socketDirectories: ['/run/spire/agent-sockets']
}
const found = (change: Partial<AgentFacts>): readonly unknown[] =>
  checkAgentOnNodes({ ...facts, ...change }).findings.map(({ reason, object }) => [
    reason,
    object.name
  ])

await t.test('a ready agent and driver on every node pass', async (t) => {
  t.same(found({}), [])
  t.match(checkAgentOnNodes(facts).detail, 'spire-system/tbot 2 of 2 ready')
})

await t.test('an agent outside Kubernetes has no DaemonSet, and none is missed', async (t) => {
  const external = { isExternal: true, daemonSets: [driver] }
  t.same(found(external), [])
  t.same(found({ daemonSets: [driver] }), [['AgentMissing', 'tbot']])
  t.equal(
    checkAgentOnNodes({ ...facts, ...external }).detail,
    'the agent runs outside Kubernetes, spire-system/spiffe-csi-driver 2 of 2 ready'
  )
  t.same(found({ ...external, readyOn: new Map() }), [
    ['DriverNotReady', 'a'],
    ['DriverNotReady', 'b']
  ])
})

await t.test('one DaemonSet may be both', async (t) => {
  const one: SocketDaemonSet = { ...agent, name: 'spire-agent', roles: ['agent', 'driver'] }
  const result = checkAgentOnNodes({
    ...facts,
    daemonSets: [one],
    readyOn: new Map([['spire-system/spire-agent', everywhere]])
  })
  t.same([result.findings, result.detail], [[], 'spire-system/spire-agent 2 of 2 ready'])
})

await t.test('an agent that is missing on a node is told with the node', async (t) => {
  const readyOn = new Map(facts.readyOn).set('spire-system/tbot', new Set(['a']))
  t.same(found({ readyOn }), [['AgentNotReady', 'b']])
  t.same(found({ readyOn: new Map() }), [
    ['AgentNotReady', 'a'],
    ['AgentNotReady', 'b'],
    ['DriverNotReady', 'a'],
    ['DriverNotReady', 'b']
  ])
})

await t.test('a node that ordinary pods do not reach counts where it is used', async (t) => {
  const master = new Set(['master'])
  t.same(found({ withSocket: master }), [
    ['AgentNotReady', 'master'],
    ['DriverNotReady', 'master']
  ])
  const placedOn = new Map([['spire-system/tbot', master]])
  t.same(found({ placedOn }), [['AgentNotReady', 'master']], 'an agent that was put there')
})

await t.test('without pods or nodes the status of the DaemonSet must do', async (t) => {
  const half = { ...agent, ready: 1 }
  t.same(found({ readyOn: undefined, daemonSets: [half, driver] }), [['AgentNotReady', 'tbot']])
  t.same(found({ nodes: undefined, daemonSets: [{ ...agent, desired: 0, ready: 0 }] }), [
    ['AgentNotReady', 'tbot']
  ])
  t.same(found({ readyOn: undefined }), [])
  const arm = { ...agent, name: 'tbot-arm', desired: 0, ready: 0 }
  t.same(
    found({ readyOn: undefined, daemonSets: [agent, arm, driver] }),
    [],
    'another architecture'
  )
})

await t.test('no agent at all', async (t) => {
  t.same(found({ daemonSets: [driver] }), [['AgentMissing', 'tbot']])
  const { findings, detail } = checkAgentOnNodes({ ...facts, daemonSets: [], namespace: 'x' })
  t.match(findings, [{ message: /no DaemonSet in namespace x writes \/run\/spire/ }])
  t.equal(detail, 'no DaemonSet serves the socket')
})

await t.test(
  'who is not exempt stands in for the agent only where there is no other',
  async (t) => {
    const stray = { ...agent, name: 'stray', exempt: false }
    t.same(found({ daemonSets: [stray, agent, driver] }), [])
    t.match(checkAgentOnNodes({ ...facts, daemonSets: [stray] }).detail, 'spire-system/stray')
  }
)
