import t from 'tap'
import { guardModel } from '../../../src/guard/guard-model.ts'
import type { Pod } from '../../../src/kubernetes/pod.ts'
import { checkPodsOnSocket, podsNotSeen } from '../../../src/verify/checks/pods-on-socket.ts'
import { checkRawSocket } from '../../../src/verify/checks/raw-socket.ts'
import { podSurvey, type SurveyResult } from '../../../src/verify/pods/survey.ts'
import { defaultConfig } from '../../config/default-config.ts'
import { injectedByIstio, onSocket, plain, proxyless, running } from './pods.ts'

const shop = { name: 'sock-shop', labels: {}, injected: true }
const survey = (...pods: readonly unknown[]): SurveyResult => {
  const { add, result } = podSurvey({
    model: guardModel(defaultConfig),
    namespaces: new Map([[shop.name, shop]]),
    byClaim: new Map(),
    selectors: [],
    daemonSets: new Set(['spire-system/tbot'])
  })
  for (const pod of pods) add(pod)
  return result()
}
const named = (pod: Pod, name: string, more: object = {}): Pod => running(pod, { name, ...more })
const ownedBy = (kind: string, name: string): object => ({
  ownerReferences: [{ kind, name, controller: true }]
})

await t.test('pods of a labelled namespace are counted by where they stand', async (t) => {
  const labels = { 'spiffe-webhook/inject': 'false' }
  const result = survey(
    named(onSocket, 'a'),
    named(injectedByIstio, 'b'),
    named(injectedByIstio, 'c', { labels }),
    named(proxyless, 'd'),
    named(injectedByIstio, 'e', { namespace: 'elsewhere' })
  )
  t.same(result.tallies.get('sock-shop'), {
    onSocket: 1,
    missed: 1,
    undone: 0,
    optedOut: 1,
    proxyless: 1,
    ambient: 0,
    outside: 0
  })
  t.equal(result.pods, 5)
  t.match(checkPodsOnSocket(result).detail, '1 on the socket, 1 missed, 2 still on istiod')
  t.same(
    result.meshFindings.map(({ reason, object }) => [reason, object.name]),
    [
      ['Missed', 'b'],
      ['OptedOut', 'c'],
      ['ProxylessGrpc', 'd']
    ]
  )
})

await t.test('pods of one owner make one finding, whatever their number', async (t) => {
  const owner = ownedBy('StatefulSet', 'cart')
  const many = Array.from({ length: 40 }, (_, i) => named(injectedByIstio, `cart-${i}`, owner))
  const { meshFindings } = survey(...many)
  t.equal(meshFindings.length, 1)
  t.match(meshFindings[0], {
    object: { kind: 'StatefulSet', name: 'cart' },
    message: /^40 pods \(cart-0, …\): not on the Workload API socket/,
    command: 'kubectl rollout restart statefulset/cart --namespace sock-shop'
  })
  t.match(survey(many[0]).meshFindings[0]?.message, /^1 pod \(cart-0\): /)
})

await t.test('what has ended, ends, or is no pod is passed over', async (t) => {
  const phase = (value: string): Pod => ({ ...injectedByIstio, status: { phase: value } })
  const ending = named(injectedByIstio, 'x', { deletionTimestamp: '2026-11-24T12:00:00Z' })
  t.equal(survey(phase('Succeeded'), phase('Failed'), ending, { spec: 7 }).pods, 0)
})

await t.test('ready pods of watched DaemonSets are kept by node', async (t) => {
  const agent = (name: string, nodeName: string, metadata: object = {}): Pod => ({
    ...named(plain, name, {
      namespace: 'spire-system',
      ...ownedBy('DaemonSet', 'tbot'),
      ...metadata
    }),
    spec: { ...plain.spec, nodeName }
  })
  const stopped = { ...agent('c', 'node-c'), status: { phase: 'Running' } }
  const onNode = { ...onSocket, spec: { ...onSocket.spec, nodeName: 'node-x' } } as Pod
  const { readyOn, placedOn, withSocket } = survey(
    agent('a', 'node-a'),
    agent('b', 'node-b'),
    stopped,
    onNode
  )
  t.same([...(placedOn.get('spire-system/tbot') ?? [])], ['node-a', 'node-b', 'node-c'])
  t.same([...withSocket], ['node-x'], 'and the nodes where the socket is used')
  t.same([...(readyOn.get('spire-system/tbot') ?? [])], ['node-a', 'node-b'])
  const other = ownedBy('DaemonSet', 'other')
  t.same([...(survey(agent('a', 'node-a', other)).readyOn.get('spire-system/tbot') ?? [])], [])
})

await t.test('one running Envoy for each identity and state may be asked', async (t) => {
  const account = (pod: Pod, serviceAccountName: string): Pod => ({
    ...pod,
    spec: { ...pod.spec, serviceAccountName }
  })
  const { candidates } = survey(
    named(onSocket, 'a'),
    named(onSocket, 'b'),
    named(injectedByIstio, 'c'),
    account(named(onSocket, 'd'), 'cart'),
    named(proxyless, 'e'),
    named(plain, 'f'),
    { ...named(onSocket, 'g'), status: { phase: 'Pending' } }
  )
  t.same(
    candidates.map(({ name, state, trustDomain }) => [name, state, trustDomain]),
    [
      ['a', 'onSocket', 'lab.test'],
      ['c', 'missed', 'lab.test'],
      ['d', 'onSocket', 'lab.test']
    ]
  )
})

await t.test('raw sockets and routes are found in every namespace', async (t) => {
  const stray = (path: string, name: string): Pod => ({
    ...named(plain, name, { namespace: 'stray' }),
    spec: { ...plain.spec, volumes: [{ name: 'v', hostPath: { path } }] }
  })
  const result = survey(stray('/run/spire', 'socket'), stray('/proc', 'route'))
  t.match(result.rawFindings, [
    {
      reason: 'RawSocket',
      object: { name: 'socket' },
      command: /get pod socket --namespace stray/
    },
    { reason: 'RouteToSocket', object: { name: 'route' } }
  ])
  t.match(checkRawSocket(result).detail, '2 running pods checked, 2 workloads')
})

await t.test('pods that could not be listed are no health', async (t) => {
  const [first, second] = podsNotSeen(undefined, 'forbidden')
  t.match(first?.findings, [{ reason: 'PodsNotSeen', command: /list pods --all-namespaces$/ }])
  t.same(second?.findings, [])
  t.match(podsNotSeen('late', 'forbidden')[0]?.findings, [{ command: /--namespace late$/ }])
})
