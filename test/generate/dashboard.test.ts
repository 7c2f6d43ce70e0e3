import t from 'tap'
import { dashboardFile } from '../../generate/dashboard.ts'
import { dashboardRows } from '../../generate/dashboard-panels.ts'
import { metricTable } from '../../src/telemetry/metric-table.ts'

/** Metrics of others that the dashboard may ask for. */
const foreign =
  /^(nodejs_eventloop_lag_seconds|process_cpu_seconds_total|process_resident_memory_bytes|apiserver_admission_webhook_\w+|spiffe_webhook_verify_(findings|pods))$/

const panels = dashboardRows.flatMap(({ panels }) => panels)

t.test('every query asks for metrics that exist, of the chosen job', async (t) => {
  for (const { title, queries } of panels) {
    for (const [expr] of queries) {
      const names = [...expr.matchAll(/\b((?:spiffe_webhook|apiserver|nodejs|process)_\w+)/g)]
      t.ok(names.length > 0, title)
      for (const [, name = ''] of names) {
        const known = name.replace(/_(bucket|sum|count)$/, '') in metricTable || name in metricTable
        t.ok(known || foreign.test(name), `${title}: ${name}`)
        if (known) t.match(expr, 'job=~"$job"', title)
      }
    }
  }
})

t.test('a metric that the dashboard leaves out is left out on purpose', async (t) => {
  const text = JSON.stringify(dashboardRows)
  t.same(
    Object.keys(metricTable).filter((name) => !text.includes(name)),
    []
  )
})

t.test('Grafana gets panels that lie side by side, each with a number of its own', async (t) => {
  const { panels: shown, title } = JSON.parse(dashboardFile())
  t.equal(title, 'spiffe-webhook')
  const ids = shown.map(({ id }: { id: number }) => id)
  t.equal(new Set(ids).size, ids.length)
  const taken = new Set<string>()
  for (const {
    title,
    gridPos: { x, y, w, h }
  } of shown) {
    t.ok(x + w <= 24, title)
    for (let i = x; i < x + w; i++) {
      for (let j = y; j < y + h; j++) {
        t.notOk(taken.has(`${i} ${j}`), `${title}: nothing lies below it`)
        taken.add(`${i} ${j}`)
      }
    }
  }
})
