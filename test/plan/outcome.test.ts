import t from 'tap'
import type { JsonObject } from '../../src/kubernetes/json.ts'
import type { Pod } from '../../src/kubernetes/pod.ts'
import { judgeWorkload, type Outcome } from '../../src/plan/outcome.ts'
import { changed, situation } from '../../src/plan/situation.ts'
import { defaultConfig } from '../config/default-config.ts'
import { injectedByIstio, onSocket, plain, proxyless, running } from '../verify/pods/pods.ts'
import { agent, workload } from './workloads.ts'

const labels = { 'spiffe-webhook/injection': 'enabled', 'istio-injection': 'enabled' }
const daemonSet = { kind: 'DaemonSet', name: 'agent' }

const outcomeOf = (pod: Pod, optedIn: boolean, owner = daemonSet): Outcome =>
  judgeWorkload(
    workload(pod, owner),
    { name: 'sock-shop', labels: optedIn ? labels : { 'istio-injection': 'enabled' } },
    situation(defaultConfig),
    undefined
  ).outcome

const optedOut = running(injectedByIstio, { labels: { 'spiffe-webhook/inject': 'false' } })
const inAmbient = running(plain, { annotations: { 'ambient.istio.io/redirection': 'enabled' } })

/** What happens to a pod that is created again, in a labelled namespace and in another. */
const rows: readonly (readonly [rule: string, pod: Pod, labelled: Outcome, elsewhere: Outcome])[] =
  [
    ['a sidecar of Istio is moved', injectedByIstio, { state: 'moved' }, { state: 'untouched' }],
    ['what is there stays there', onSocket, { state: 'there' }, { state: 'untouched' }],
    ['a pod without a sidecar gets one', plain, { state: 'moved' }, { state: 'untouched' }],
    [
      'proxyless gRPC stays',
      proxyless,
      { state: 'stays', reason: 'ProxylessGrpc', why: '' },
      { state: 'untouched' }
    ],
    [
      'a pod that opts out stays',
      optedOut,
      { state: 'stays', reason: 'OptedOut', why: '' },
      { state: 'untouched' }
    ],
    [
      'a pod in ambient stays',
      inAmbient,
      { state: 'stays', reason: 'AmbientPod', why: '' },
      { state: 'untouched' }
    ],
    [
      'a host path that reaches the socket is refused',
      agent('/run'),
      { state: 'refused', reason: 'HostPathReachesSocket', why: '' },
      { state: 'untouched' }
    ]
  ]

for (const [rule, pod, labelled, elsewhere] of rows) {
  await t.test(rule, async (t) => {
    const { state, ...rest } = outcomeOf(pod, true)
    t.equal(state, labelled.state)
    if ('reason' in labelled) t.match(rest, { reason: labelled.reason, why: /.{20}/ })
    t.same(outcomeOf(pod, false), elsewhere)
  })
}

await t.test('a pod without a sidecar stays without one where Istio does not inject', async (t) => {
  const namespace = { name: 'a', labels: { 'spiffe-webhook/injection': 'enabled' } }
  const judged = judgeWorkload(workload(plain), namespace, situation(defaultConfig), undefined)
  t.match(judged.outcome, { state: 'stays', reason: 'NoIstioProxy' })
})

await t.test(
  'by the selectors of the injectors that are installed, where they were seen',
  async (t) => {
    const namespace = {
      name: 'a',
      labels: { 'spiffe-webhook/injection': 'enabled', 'istio.io/rev': 'gone' }
    }
    const judge = (injectors: readonly JsonObject[] | undefined): Outcome =>
      judgeWorkload(workload(plain), namespace, situation(defaultConfig), injectors).outcome
    t.match(judge(undefined), { state: 'moved' })
    t.match(judge([]), { state: 'stays' })
  }
)

await t.test('excluded namespaces are never asked about', async (t) => {
  const namespace = { name: 'kube-system', labels }
  for (const scope of ['optedIn', 'cluster'] as const) {
    const now = changed(defaultConfig, { label: ['kube-system'], scope, strict: true })
    const judged = judgeWorkload(workload(agent('/run')), namespace, now, undefined)
    t.same(judged, { outcome: { state: 'untouched' }, found: [] })
  }
})

await t.test('the controller of the owner is the creator that an exemption asks for', async (t) => {
  const creators = ['system:serviceaccount:kube-system:daemon-set-controller']
  const entry = { namespace: 'a', serviceAccount: 'node-agent', paths: ['/run'], creators }
  const config = { ...defaultConfig, guard: { ...defaultConfig.guard, exemptions: [entry] } }
  const namespace = { name: 'a', labels }
  const judge = (owner: typeof daemonSet): Outcome => {
    const one = { ...workload(agent('/run'), owner), namespace: 'a' }
    return judgeWorkload(one, namespace, situation(config), undefined).outcome
  }
  t.not(judge(daemonSet).state, 'refused')
  t.equal(judge({ kind: 'Deployment', name: 'agent' }).state, 'refused')
  t.equal(judge({ kind: 'Pod', name: 'agent' }).state, 'refused')
})

await t.test('a change of the situation', async (t) => {
  const stay = { label: [], strict: false } as const
  const modes = (change: Parameters<typeof changed>[1]): readonly unknown[] => {
    const { modeOf } = changed(defaultConfig, change)
    return [modeOf('a', {}), modeOf('b', labels), modeOf('kube-system', labels)]
  }
  t.same(modes(stay), ['warn', 'enforce', undefined])
  t.same(modes({ ...stay, label: ['a'] }), ['enforce', 'enforce', undefined])
  t.same(modes({ ...stay, scope: 'cluster' }), ['enforce-host-paths', 'enforce', undefined])
  const strict = changed(defaultConfig, { ...stay, strict: true })
  t.same(strict.config.guard.allowedHostPaths, [])
  const listed = {
    ...defaultConfig.guard,
    allowedHostPaths: [{ pathPrefix: '/x', readOnly: true }]
  }
  const config = { ...defaultConfig, guard: listed }
  t.same(changed(defaultConfig, { ...stay, strict: true, config }).config.guard, listed)
})
