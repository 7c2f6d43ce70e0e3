import t from 'tap'
import { metricTable } from '../../src/telemetry/metric-table.ts'
import { makeMetrics } from '../../src/telemetry/metrics.ts'
import { decisionSeries } from '../../src/telemetry/series.ts'
import { defaultConfig } from '../config/default-config.ts'

const text = async (metrics: ReturnType<typeof makeMetrics>): Promise<string> =>
  metrics.registry.metrics()

t.test('the table is what a scrape shows, with the same labels', async (t) => {
  const metrics = makeMetrics(defaultConfig, '1.2.3')
  metrics.serving({ notBefore: 0, notAfter: 1000 })
  const shown = await text(metrics)
  const ours = [...shown.matchAll(/^# TYPE (spiffe_webhook_\w+) (\w+)$/gm)]
  t.same(
    ours.map(([, name, type]) => `${name} ${type}`).toSorted(),
    Object.entries(metricTable)
      .map(([name, { type }]) => `${name} ${type}`)
      .toSorted()
  )
  for (const [name, { labels }] of Object.entries(metricTable)) {
    const [, inner = ''] = new RegExp(`^${name}(?:_bucket)?(?:\\{(.*)\\})? `, 'm').exec(shown) ?? []
    const found = [...inner.matchAll(/(\w+)="/g)].map(([, label]) => label)
    t.same(
      found.filter((label) => label !== 'le'),
      labels,
      name
    )
  }
})

t.test(
  'every decision of the list is 0 at first, and one more is counted all the same',
  async (t) => {
    const metrics = makeMetrics(defaultConfig, '1.2.3')
    const zero = (await text(metrics)).match(/^spiffe_webhook_decisions_total\{.*\} 0$/gm)
    t.equal(zero?.length, decisionSeries.length)
    metrics.decided('/inject', { decision: 'refused', reason: 'Odd' })
    t.match(await text(metrics), /decision="refused",reason="Odd"\} 1$/m)
  }
)

t.test('names follow the rules of Prometheus: units, and _total for counters alone', async (t) => {
  const shown = await text(makeMetrics(defaultConfig, '1.2.3'))
  for (const [, name = '', type] of shown.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
    t.equal(name.endsWith('_total'), type === 'counter', name)
    t.notMatch(name, /(milliseconds|_ms|kilobytes|minutes)/, name)
  }
  t.notMatch(shown, /^# HELP \w+ *$/m, 'each has a help text')
})

t.test(
  'the same configuration has the same hash on every replica, another has another',
  async (t) => {
    const hash = async (config: typeof defaultConfig): Promise<string> =>
      /config_info\{hash="(\w+)"/.exec(await text(makeMetrics(config, '1')))?.[1] ?? ''
    t.equal(await hash(defaultConfig), await hash(structuredClone(defaultConfig)))
    t.not(await hash(defaultConfig), await hash({ ...defaultConfig, log: { level: 'warn' } }))
  }
)

t.test('repairs by kind of configuration', async (t) => {
  const metrics = makeMetrics(defaultConfig, '1.2.3')
  metrics.caBundleRepaired('validatingwebhookconfigurations spiffe-webhook')
  metrics.caBundleRepaired('mutatingwebhookconfigurations spiffe-webhook')
  metrics.caBundleRepaired('mutatingwebhookconfigurations spiffe-webhook')
  const shown = await text(metrics)
  t.match(shown, 'ca_bundle_repairs_total{configuration="mutating"} 2')
  t.match(shown, 'ca_bundle_repairs_total{configuration="validating"} 1')
})
