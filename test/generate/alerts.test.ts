import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { readAlerts, runbookIndex, withAlerts } from '../../generate/alerts.ts'
import { chartsFolder } from '../../generate/outputs.ts'
import { metricTable } from '../../src/telemetry/metric-table.ts'

const alerts = readAlerts(chartsFolder)
const folder = join(chartsFolder, '../docs/runbooks')
const page = (name: string): string => readFileSync(join(folder, name), 'utf8')
const pages = readdirSync(folder).filter((name) => name !== 'README.md')

/** Metrics of others that our alerts may read. */
const foreign = [
  'apiserver_admission_webhook_rejection_count',
  'apiserver_admission_webhook_fail_open_count',
  'kube_deployment_spec_replicas',
  'kube_cronjob_status_last_schedule_time',
  'kube_cronjob_status_last_successful_time',
  'spiffe_webhook_verify_findings',
  'spiffe_webhook_verify_last_run_timestamp_seconds'
]

t.test('every alert has a runbook, and every runbook an alert', async (t) => {
  t.same(pages.toSorted(), alerts.map(({ alert }) => `${alert}.md`).toSorted())
})

t.test('a runbook says what it means, what suffers, how to check and how to fix', async (t) => {
  for (const name of pages) {
    const text = page(name)
    t.equal(text.split('\n')[0], `# ${name.replace('.md', '')}`)
    t.same(
      [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title),
      ['Meaning', 'Impact', 'How to check', 'How to fix'],
      name
    )
  }
})

t.test('links of runbooks lead to files that are there', async (t) => {
  for (const name of [...pages, 'README.md']) {
    for (const [, target = ''] of page(name).matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      t.ok(existsSync(join(dirname(join(folder, name)), target)), `${name}: ${target}`)
    }
  }
})

t.test('an alert reads only metrics that exist', async (t) => {
  const known = new Set([...Object.keys(metricTable), ...foreign])
  for (const { alert, expr } of alerts) {
    const read = [...expr.matchAll(/\b((?:spiffe_webhook|apiserver|kube)_\w+)/g)]
    t.ok(read.length > 0, alert)
    for (const [, name = ''] of read)
      t.ok(known.has(name.replace(/_bucket$/, '')), `${alert}: ${name}`)
  }
})

t.test('a threshold is used, and says what it counts', async (t) => {
  for (const { alert, expr, threshold, thresholdMeaning } of alerts) {
    t.equal(expr.includes('${'.concat('threshold}')), threshold !== undefined, alert)
    t.equal(thresholdMeaning !== undefined, threshold !== undefined, alert)
  }
})

t.test('values.yaml and the index are made from the record', async (t) => {
  const alert = { alert: 'A', meaning: 'It is.', severity: 'warning', for: '1m', threshold: 2 }
  const one = {
    ...alert,
    thresholdMeaning: 'times',
    needs: 'luck',
    expr: '',
    summary: '',
    description: ''
  }
  const values = 'x:\n    # Generated from files/alerts.yaml (npm run generate):\nold: 1\n\ny: 1\n'
  t.equal(
    withAlerts(values, [one]),
    'x:\n    # Generated from files/alerts.yaml (npm run generate):\n    # -- It is. Needs luck. Threshold: times.\n    A: {enabled: true, severity: warning, for: 1m, threshold: 2}\n\ny: 1\n'
  )
  t.throws(() => withAlerts('x: 1\n', [one]), /lacks the mark/)
  t.match(runbookIndex([one]), '| [A](A.md) | warning | It is. | luck |')
})
