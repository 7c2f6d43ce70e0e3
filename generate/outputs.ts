import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { heapLimit } from '../release/node-settings.ts'
import { readAlerts, runbookIndex, withAlerts } from './alerts.ts'
import { architecture } from './architecture.ts'
import { configTypes } from './config-types.ts'
import { contradictionsFile } from './contradictions-file.ts'
import { dashboardFile } from './dashboard.ts'
import { pageAssets } from './page-assets.ts'
import { policyFile } from './policy-file.ts'
import { readValues } from './read-values.ts'
import { reasonsPage } from './reasons.ts'
import { configurationPage, metricsPage } from './reference.ts'
import { withOptions } from './values-options.ts'
import { valuesSchema } from './values-schema.ts'
import { withValuesTable } from './values-table.ts'
import { webhooksFile } from './webhooks-file.ts'

/** The folder of both charts. */
export const chartsFolder: string = join(import.meta.dirname, '../charts')

/** Every generated file by its path below the folder of the charts, with the text it should have. */
export function outputs(folder: string): ReadonlyMap<string, string> {
  const alerts = readAlerts(folder)
  const complete = (values: string): string => withAlerts(withOptions(values), alerts)
  return new Map([
    ...ofChart(folder, 'spiffe-webhook', complete),
    ...ofChart(folder, 'workload-api'),
    ['spiffe-webhook/templates/_contradictions.tpl', contradictionsFile()],
    ['../src/config/config.ts', configTypes()],
    ['../src/page/assets.ts', pageAssets()],
    ['../docs/architecture.svg', architecture()],
    ['spiffe-webhook/files/validating-admission-policy.yaml', policyFile()],
    ['spiffe-webhook/files/webhooks.yaml', webhooksFile()],
    ['spiffe-webhook/files/node-options.txt', `${heapLimit}\n`],
    ['../docs/reference/codes.md', reasonsPage()],
    ['../docs/reference/configuration.md', configurationPage()],
    ['../docs/reference/metrics.md', metricsPage()],
    ['spiffe-webhook/files/dashboard.json', dashboardFile()],
    ['../docs/runbooks/README.md', runbookIndex(alerts)]
  ])
}

function ofChart(
  folder: string,
  chart: string,
  complete: (values: string) => string = (values) => values
): readonly (readonly [string, string])[] {
  const read = (path: string): string => readFileSync(join(folder, chart, path), 'utf8')
  const text = complete(read('values.yaml'))
  const values = readValues(text)
  const habits = Object.keys(parse(read('files/names-of-habit.yaml')))
  const schema = valuesSchema(`Values of charts/${chart}`, values, habits)
  return [
    [`${chart}/values.yaml`, text],
    [`${chart}/values.schema.json`, `${JSON.stringify(schema, null, 2)}\n`],
    [`${chart}/README.md`, withValuesTable(read('README.md'), values)]
  ]
}
