import t from 'tap'
import { isSafe, type PlanFacts, plan, summarize } from '../../src/plan/plan.ts'
import { changed, situation } from '../../src/plan/situation.ts'
import { joinSuggestions } from '../../src/plan/suggest.ts'
import { type Finding, finding } from '../../src/verify/finding.ts'
import type { VerifyReason } from '../../src/verify/reasons.ts'
import { defaultConfig } from '../config/default-config.ts'
import { injectedByIstio, onSocket, plain, running } from '../verify/pods/pods.ts'
import { agent, workload } from './workloads.ts'

const late = { namespace: 'late' }
const facts: PlanFacts = {
  namespaces: [
    { name: 'late', labels: { 'istio-injection': 'enabled' } },
    {
      name: 'shop',
      labels: { 'istio-injection': 'enabled', 'spiffe-webhook/injection': 'enabled' }
    },
    { name: 'monitoring', labels: {} }
  ],
  workloads: [
    workload(running(injectedByIstio, late), { kind: 'Deployment', name: 'front' }),
    workload(running(plain, late), { kind: 'StatefulSet', name: 'old' }),
    workload(running(onSocket, { namespace: 'shop' }), { kind: 'Deployment', name: 'cart' }),
    workload(agent('/run', '/var/lib/kubelet'), { kind: 'DaemonSet', name: 'agent' })
  ],
  mutating: undefined,
  trust: []
}
const now = situation(defaultConfig)
const stay = { label: [], strict: false }

await t.test(
  'no change: nothing breaks, and what is missed is named with its restart',
  async (t) => {
    const planned = plan(facts, now, changed(defaultConfig, stay))
    t.same(summarize(planned), {
      workloads: 4,
      moved: 0,
      there: 1,
      stays: 0,
      refused: 0,
      breaks: 0,
      restarts: 0
    })
    t.ok(isSafe(planned))
  }
)

await t.test('a label moves, and says what to restart', async (t) => {
  const planned = plan(facts, now, changed(defaultConfig, { ...stay, label: ['late'] }))
  t.match(summarize(planned), { moved: 2, there: 1, breaks: 0, restarts: 2 })
  const [namespace] = planned.namespaces
  t.match(namespace, { name: 'late', optedIn: { before: false, after: true } })
  t.same(
    namespace?.rows.map(({ restart }) => restart),
    [
      'kubectl rollout restart deployment/front --namespace late',
      'kubectl rollout restart statefulset/old --namespace late'
    ]
  )
})

await t.test('what a wider scope refuses breaks, with the exemption that cures it', async (t) => {
  const after = changed(defaultConfig, { ...stay, scope: 'cluster' })
  const planned = plan(facts, now, after)
  t.match(summarize(planned), { refused: 1, breaks: 1 })
  t.notOk(isSafe(planned))
  const rows = planned.namespaces.flatMap((namespace) => namespace.rows)
  const refused = rows.filter(({ after: { state } }) => state === 'refused')
  const exemption = {
    namespace: 'monitoring',
    serviceAccount: 'node-agent',
    paths: ['/run', '/var/lib/kubelet'],
    creators: ['system:serviceaccount:kube-system:daemon-set-controller']
  }
  t.same(
    refused.map(({ cures }) => cures),
    [[{ exemption }]]
  )
  const guard = { ...defaultConfig.guard, exemptions: [exemption] }
  const cured = changed({ ...defaultConfig, guard }, { ...stay, scope: 'cluster' })
  t.match(summarize(plan(facts, now, cured)), { refused: 0, breaks: 0 })
})

await t.test('what is refused already does not break', async (t) => {
  const wide = changed(defaultConfig, { ...stay, scope: 'cluster' })
  t.match(summarize(plan(facts, wide, wide)), { refused: 1, breaks: 0 })
})

await t.test('an unreadable path has no cure, and is named', async (t) => {
  const bad = workload(agent('/run/../run'), { kind: 'DaemonSet', name: 'bad' })
  const after = changed(defaultConfig, { ...stay, scope: 'cluster' })
  const planned = plan({ ...facts, workloads: [bad] }, now, after)
  const [row] = planned.namespaces.flatMap((namespace) => namespace.rows)
  t.match(row, { after: { state: 'refused', reason: 'HostPathUnusable' }, cures: [] })
})

await t.test('an entry that another one covers is left out', async (t) => {
  const after = changed(defaultConfig, { ...stay, scope: 'cluster' })
  const workloads = [
    workload(agent('/run'), { kind: 'DaemonSet', name: 'narrow' }),
    workload(agent('/run', '/proc'), { kind: 'DaemonSet', name: 'wide' }),
    workload(agent('/run'), { kind: 'Deployment', name: 'other-controller' }),
    workload(agent('relative'), { kind: 'DaemonSet', name: 'bad' })
  ]
  const planned = plan({ ...facts, workloads }, now, after)
  const rows = planned.namespaces.flatMap(({ rows }) => rows)
  const suggested = joinSuggestions(
    rows.map(({ workload, cures }) => ({ workload, cures, why: 'because' }))
  )
  t.same(
    suggested.exemptions.map(({ neededBy }) => neededBy),
    [
      ['monitoring/DaemonSet/wide', 'monitoring/DaemonSet/narrow'],
      ['monitoring/Deployment/other-controller']
    ]
  )
  t.same(suggested.incurable, [{ workload: 'monitoring/DaemonSet/bad', why: 'because' }])
})

await t.test('trust that fails makes a plan unsafe, a warning does not', async (t) => {
  const object = { kind: 'ConfigMap', name: 'istio' }
  const of = (reason: VerifyReason): Finding => finding(reason, object, 'why', 'command')
  t.notOk(isSafe({ namespaces: [], trust: [of('TrustDomainNotAccepted')] }))
  t.ok(isSafe({ namespaces: [], trust: [of('RootNotDistributed')] }))
})
