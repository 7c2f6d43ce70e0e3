import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { stringify } from 'yaml'
import { readAlerts } from '../../generate/alerts.ts'
import { chartsFolder } from '../../generate/outputs.ts'
import { makeMetrics } from '../../src/telemetry/metrics.ts'
import { defaultConfig } from '../config/default-config.ts'
import { buildTools } from '../lab/build-tools.ts'
import { execute, type Outcome } from '../lab/execute.ts'
import { tool } from '../lab/toolchain.ts'
import { type AlertCase, alertCases } from './alert-cases.ts'
import { one, render } from './helm.ts'

await buildTools(['prometheus/promtool'], (line) => process.stderr.write(`${line}\n`))

const promtool = (args: readonly string[], input = ''): Promise<Outcome> =>
  execute(tool('prometheus/promtool').binary, args, { input, allowFailure: true })

/** The rules as the chart installs them, without the words for people: promtool compares labels and annotations whole. */
async function rulesFile(t: Test): Promise<{ readonly folder: string; readonly file: string }> {
  const objects = await render('spiffe-webhook', {
    serviceMonitor: { enabled: true },
    prometheusRule: { enabled: true },
    verify: { cronJob: { enabled: true, pushGateway: 'http://push:9091' } }
  })
  const folder = t.testdir()
  const file = join(folder, 'rules.yaml')
  writeFileSync(file, stringify(one(objects, 'PrometheusRule').spec))
  return { folder, file }
}

await t.test('Prometheus’ own lint finds nothing to say of our metrics', async (t) => {
  const metrics = makeMetrics(defaultConfig, '1.2.3')
  metrics.serving({ notBefore: 0, notAfter: 1000 })
  const { code, stdout, stderr } = await promtool(
    ['check', 'metrics'],
    await metrics.registry.metrics()
  )
  t.equal(`${stdout}${stderr}`, '')
  t.equal(code, 0)
})

await t.test('the rules are rules to promtool', async (t) => {
  const { file } = await rulesFile(t)
  const { code, stdout, stderr } = await promtool([
    'check',
    'rules',
    '--lint=all',
    '--lint-fatal',
    file
  ])
  t.equal(code, 0, `${stdout}${stderr}`)
  t.match(stdout, `${readAlerts(chartsFolder).length} rules found`)
})

await t.test('each alert fires, and each is silent where it must be', async (t) => {
  const { folder, file } = await rulesFile(t)
  for (const { alert } of readAlerts(chartsFolder)) {
    const cases = alertCases.filter((one) => one.alert === alert)
    t.ok(
      cases.some(({ fires }) => fires) && cases.some(({ fires }) => !fires),
      `${alert}: both are tested`
    )
  }
  const silent = alertCases.filter(({ fires }) => !fires)
  const { stdout } = await run(folder, file, silent)
  t.match(stdout, /SUCCESS/, 'none of the silent ones fires')
  // promtool knows no "some alert": where one must fire, the test that none does must fail by it.
  const loud = alertCases.filter(({ fires }) => fires)
  const said = await run(folder, file, loud)
  const failures = `${said.stdout}${said.stderr}`.split(/^ *(?=name: )/m)
  for (const one of loud) {
    const failure = failures.find((text) => text.startsWith(`name: ${nameOf(one)},`)) ?? ''
    t.match(failure, new RegExp(`got:\\[[\\s\\S]*alertname="${one.alert}"`), nameOf(one))
  }
  t.equal(failures.length - 1, loud.length, 'nothing else is wrong')
})

function nameOf({ alert, what }: AlertCase): string {
  return `${alert}: ${what}`
}

async function run(folder: string, file: string, cases: readonly AlertCase[]): Promise<Outcome> {
  const path = join(folder, 'cases.yaml')
  const tests = cases.map(unitTest)
  writeFileSync(path, stringify({ rule_files: [file], evaluation_interval: '1m', tests }))
  return promtool(['test', 'rules', path])
}

function unitTest(one: AlertCase): object {
  const { alert, minutes, input } = one
  return {
    name: nameOf(one),
    interval: '1m',
    input_series: input,
    alert_rule_test: [{ eval_time: `${minutes}m`, alertname: alert, exp_alerts: [] }]
  }
}
