import t from 'tap'
import { checkIstioInjection } from '../../../src/verify/checks/istio-injection.ts'
import { isInjected, labelThatInjects } from '../../../src/verify/webhooks/istio.ts'
import { injector } from '../webhooks/configurations.ts'

const enabled = { 'istio-injection': 'enabled' }

await t.test('whether Istio injects is read from the selectors that are installed', async (t) => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, boolean, boolean])[] = [
    [enabled, true, true],
    [{ 'istio.io/rev': 'default' }, true, true],
    [{ 'istio-injection': 'disabled' }, false, false],
    [{ 'istio-injection': 'disabled', 'istio.io/rev': 'default' }, false, false],
    [{}, false, false],
    // No such revision: the labels alone look right, the selectors know better.
    [{ 'istio.io/rev': 'gone' }, false, true]
  ]
  for (const [labels, bySelectors, byLabels] of cases) {
    const name = JSON.stringify(labels)
    t.equal(isInjected(labels, [injector()]), bySelectors, name)
    t.equal(isInjected(labels, undefined), byLabels, `${name}, configurations not seen`)
  }
  t.notOk(isInjected(enabled, []), 'no injector is installed')
  t.notOk(isInjected(enabled, [injector({ rules: [] })]), 'an injector that is not asked')
})

const optIn = 'spiffe-webhook/injection=enabled'
const judge = (
  namespaces: Parameters<typeof checkIstioInjection>[0]['namespaces'],
  withProxies: readonly string[] = [],
  inject = 'istio-injection=enabled',
  withPods?: readonly string[]
): ReturnType<typeof checkIstioInjection> =>
  checkIstioInjection({
    namespaces,
    asked: undefined,
    withProxies: new Set(withProxies),
    withPods: withPods && new Set(withPods),
    optIn,
    inject
  })

await t.test('labelled namespaces get sidecars', async (t) => {
  const result = judge([{ name: 'a', labels: enabled, injected: true }])
  t.same(result.findings, [])
  t.equal(result.detail, 'Istio injects sidecars in 1 of 1 labelled namespaces')
})

await t.test('a labelled namespace without sidecars, and why', async (t) => {
  const cases = [
    [
      {},
      /it carries neither istio-injection=enabled nor istio.io\/rev/,
      /istio-injection=enabled$/
    ],
    [
      { 'istio-injection': 'disabled' },
      /istio-injection=disabled keeps sidecars out/,
      /--overwrite/
    ],
    [{ 'istio.io/rev': 'gone' }, /istio.io\/rev=gone names no revision/, /istio.io\/rev-$/],
    [enabled, /no injector that is installed selects istio-injection=enabled/, /--overwrite/]
  ] as const
  for (const [labels, message, command] of cases) {
    const { findings } = judge([{ name: 'a', labels, injected: false }])
    t.match(findings, [{ reason: 'NamespaceNotInjected', object: { name: 'a' }, message, command }])
  }
  t.same(
    judge([{ name: 'a', labels: {}, injected: false }], ['a']).findings,
    [],
    'pods ask themselves'
  )
})

await t.test('the remedy names a label that works here', async (t) => {
  const expressions = [{ key: 'istio.io/rev', operator: 'In', values: ['1-27'] }]
  const revision = {
    metadata: { name: 'istio-sidecar-injector-1-27', labels: { 'istio.io/rev': '1-27' } },
    webhooks: [
      {
        ...(injector().webhooks as readonly object[])[0],
        namespaceSelector: { matchExpressions: expressions }
      }
    ]
  }
  t.equal(labelThatInjects([injector()]), 'istio-injection=enabled')
  t.equal(labelThatInjects([revision, injector()]), 'istio-injection=enabled')
  t.equal(labelThatInjects([revision]), 'istio.io/rev=1-27', 'where only a revision is installed')
  t.equal(labelThatInjects([]), 'istio-injection=enabled')
  t.equal(labelThatInjects(undefined), 'istio-injection=enabled')
  const labels = { 'istio-injection': 'enabled' }
  t.match(judge([{ name: 'a', labels, injected: false }], [], 'istio.io/rev=1-27').findings, [
    { command: 'kubectl label namespace a --overwrite istio.io/rev=1-27 istio-injection-' }
  ])
})

await t.test('a namespace of which no pod was selected is not accused', async (t) => {
  const bare = ['a', 'b'].map((name) => ({ name, labels: {}, injected: false }))
  const result = judge(bare, [], undefined, ['b'])
  t.match(result.findings, [{ reason: 'NamespaceNotInjected', object: { name: 'b' } }])
  t.equal(result.findings.length, 1)
  t.equal(result.detail, 'Istio injects sidecars in 0 of 1 labelled namespaces')
})

await t.test('an ambient namespace', async (t) => {
  const labels = { 'istio.io/dataplane-mode': 'ambient' }
  const { findings } = judge([{ name: 'a', labels, injected: false }])
  t.match(findings, [{ reason: 'AmbientNamespace', command: /istio.io\/dataplane-mode-/ }])
  t.equal(findings.length, 1)
})

await t.test('nothing that is opted in', async (t) => {
  t.match(judge([]).findings, [{ reason: 'NothingOptedIn', severity: 'warning' }])
  const asked = (optedIn: boolean): readonly unknown[] =>
    checkIstioInjection({
      namespaces: [],
      asked: { name: 'cart', optedIn },
      withProxies: new Set(),
      withPods: undefined,
      optIn,
      inject: 'istio-injection=enabled'
    }).findings
  t.match(asked(false), [
    { reason: 'NamespaceNotOptedIn', command: `kubectl label namespace cart ${optIn}` }
  ])
  t.same(asked(true), [])
})
