import t from 'tap'
import { readAlerts } from '../../generate/alerts.ts'
import { chartsFolder } from '../../generate/outputs.ts'
import { type ChartObject, one, refusal, render } from './helm.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const on = { serviceMonitor: { enabled: true } }
const rulesOf = (objects: readonly ChartObject[]): readonly Rule[] => {
  const { groups } = one(objects, 'PrometheusRule').spec as { groups: { rules: Rule[] }[] }
  return groups.flatMap(({ rules }) => rules)
}
const rules = async (prometheusRule: object, values: object = {}): Promise<readonly Rule[]> =>
  rulesOf(
    await render('spiffe-webhook', {
      ...on,
      ...values,
      prometheusRule: { enabled: true, ...prometheusRule }
    })
  )

const cronJob = { enabled: true, pushGateway: 'http://push:9091' }

await t.test('every alert is there, with all that an alert must say', async (t) => {
  const found = await rules({}, { verify: { cronJob } })
  t.same(
    found.map(({ alert }) => alert),
    readAlerts(chartsFolder).map(({ alert }) => alert)
  )
  for (const { alert, expr, labels, annotations } of found) {
    t.match(labels.severity, /^(critical|warning)$/, alert)
    t.ok(annotations.summary && annotations.description, alert)
    t.equal(annotations.runbook_url, `docs/runbooks/${alert}.md`)
    for (const text of [expr, ...Object.values(annotations)])
      t.notMatch(text, /\$\{|<no value>/, alert)
  }
})

await t.test('what has nothing to look at is left out', async (t) => {
  const names = async (values: object): Promise<string> =>
    (await rules({}, values)).map(({ alert }) => alert).join(' ')
  t.notMatch(await names({}), /Verify/)
  const scheduled = await names({ verify: { cronJob: { enabled: true } } })
  t.match(scheduled, /VerifyFailed/)
  t.notMatch(scheduled, /VerifyFindings|VerifyStale/)
  t.notMatch(await names({ verify: { cronJob: { pushGateway: cronJob.pushGateway } } }), /Verify/)
})

await t.test('on and off, thresholds, labels and addresses by value', async (t) => {
  const found = await rules({
    runbookUrl: 'https://git.example.com/spiffe-webhook/',
    alertLabels: { team: 'platform' },
    alerts: {
      SpiffeWebhookSlow: { threshold: 0.5, for: '1m', severity: 'critical' },
      SpiffeWebhookNotReady: { enabled: false }
    }
  })
  t.notOk(found.some(({ alert }) => alert === 'SpiffeWebhookNotReady'))
  const slow = found.find(({ alert }) => alert === 'SpiffeWebhookSlow')
  t.match(slow, { for: '1m', labels: { severity: 'critical', team: 'platform' } })
  t.match(slow?.expr, /> 0\.5 \* 5$/)
  t.match(
    slow?.annotations.runbook_url,
    'https://git.example.com/spiffe-webhook/docs/runbooks/SpiffeWebhookSlow.md'
  )
})

await t.test('alerts name the job that is scraped', async (t) => {
  const [first] = await rules({}, { nameOverride: 'hook' })
  t.match(first?.expr, 'namespace="spiffe-webhook", job="hook"')
  const [own] = await rules({ job: 'my-job' }, { serviceMonitor: { enabled: false } })
  t.match(own?.expr, 'spiffe_webhook_ready{job="my-job"}')
})

await t.test(
  'alerts without a scrape are refused, and so is an alert that there is not',
  async (t) => {
    const said = await refusal('spiffe-webhook', { prometheusRule: { enabled: true } })
    t.match(
      said,
      /prometheusRule\.enabled: nothing scrapes the webhook.*set serviceMonitor\.enabled/
    )
    const typo = { ...on, prometheusRule: { alerts: { SpiffeWebhookDown: { enabled: false } } } }
    t.match(
      await refusal('spiffe-webhook', typo),
      /additional properties 'SpiffeWebhookDown' not allowed/
    )
    const off = { ...on, prometheusRule: { alerts: { SpiffeWebhookSlow: { enable: false } } } }
    t.match(await refusal('spiffe-webhook', off), /additional properties 'enable' not allowed/)
  }
)
