import t from 'tap'
import { checkWebhookOrder } from '../../../src/verify/checks/webhook-order.ts'
import { injector, mutating } from '../webhooks/configurations.ts'

const reasons = (...objects: Parameters<typeof checkWebhookOrder>[0]): readonly string[] =>
  checkWebhookOrder(objects, 'spiffe-webhook').findings.map(({ reason }) => reason)
const never = { reinvocationPolicy: 'Never' }
const ifNeeded = { reinvocationPolicy: 'IfNeeded' }

await t.test('ours after every injector passes', async (t) => {
  t.same(reasons(mutating(), injector()), [])
  t.same(reasons(mutating(), injector({}, 'istio-revision-tag-default'), injector()), [])
  const { detail } = checkWebhookOrder([mutating(), injector()], 'spiffe-webhook')
  t.equal(detail, 'spiffe-webhook runs after istio-sidecar-injector')
})

await t.test('ours before an injector is told for each of them', async (t) => {
  const early = mutating({}, 'identity')
  const { findings } = checkWebhookOrder([early, injector()], 'identity')
  t.match(findings, [
    {
      reason: 'RunsBeforeIstio',
      object: { name: 'identity' },
      message: /identity sorts before istio-sidecar-injector/
    }
  ])
  t.same(reasons(mutating({}, 'aa'), injector(), injector({}, 'istio-tag')).length, 2)
})

await t.test('an injector under another name and label is known by its webhooks', async (t) => {
  const { labels: _labels, ...metadata } = { name: 'z-mesh', labels: {} }
  const renamed = { ...injector(), metadata }
  t.same(reasons(mutating(), renamed), ['RunsBeforeIstio'])
})

await t.test('reinvocation', async (t) => {
  const cases = [
    ['IfNeeded', never, [], 'ours again, Istio not'],
    ['Never', never, ['NotReinvoked'], 'neither'],
    ['Never', ifNeeded, ['ReinvocationUndoes'], 'Istio again, ours not'],
    ['IfNeeded', ifNeeded, ['IstioReinvoked'], 'both']
  ] as const
  for (const [ours, istio, wanted, name] of cases) {
    t.same(reasons(mutating({ reinvocationPolicy: ours }), injector(istio)), wanted, name)
  }
  t.same(reasons(mutating({ reinvocationPolicy: undefined }), injector()), ['NotReinvoked'])
  const { findings } = checkWebhookOrder([mutating(never), injector(ifNeeded)], 'spiffe-webhook')
  t.match(
    findings[0]?.command,
    /patch mutatingwebhookconfiguration spiffe-webhook .*\/webhooks\/0\//
  )
})

await t.test('a cluster without Istio or without us', async (t) => {
  t.equal(checkWebhookOrder([mutating()], 'x').detail, 'no injector of Istio is installed')
  t.match(
    checkWebhookOrder([injector()], 'x').detail,
    /^no configuration of spiffe-webhook is installed/
  )
})
