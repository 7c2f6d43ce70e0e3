import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { policyFile } from './policy-file.ts'
import { readValues } from './read-values.ts'
import { configurationPage, metricsPage } from './reference.ts'
import { valuesSchema } from './values-schema.ts'
import { withValuesTable } from './values-table.ts'

/** The folder of both charts. */
export const chartsFolder: string = join(import.meta.dirname, '../charts')

/** Every generated file by its path below the folder of the charts, with the text it should have. */
export function outputs(folder: string): ReadonlyMap<string, string> {
  return new Map([
    ...ofChart(folder, 'spiffe-webhook'),
    ...ofChart(folder, 'workload-api'),
    ['spiffe-webhook/files/validating-admission-policy.yaml', policyFile()],
    ['../docs/reference/configuration.md', configurationPage()],
    ['../docs/reference/metrics.md', metricsPage()]
  ])
}

function ofChart(folder: string, chart: string): readonly (readonly [string, string])[] {
  const read = (path: string): string => readFileSync(join(folder, chart, path), 'utf8')
  const values = readValues(read('values.yaml'))
  const schema = valuesSchema(`Values of charts/${chart}`, values)
  return [
    [`${chart}/values.schema.json`, `${JSON.stringify(schema, null, 2)}\n`],
    [`${chart}/README.md`, withValuesTable(read('README.md'), values)]
  ]
}
