import { configSchema } from '../src/config/schema.ts'
import type { Schema } from '../src/config/schema-parts.ts'
import { metricTable } from '../src/telemetry/metric-table.ts'
import { cell, header } from './page.ts'

/** docs/reference/configuration.md: every option of the schema, by section. */
export function configurationPage(): string {
  const sections = Object.entries(configSchema.properties ?? {}).map(
    ([name, section]) =>
      `\n## ${name}\n\n${section.description ?? ''}\n\n| option | default | meaning |\n| --- | --- | --- |\n${rows(name, section)}`
  )
  const intro = `
One file in YAML or JSON, named with \`--config\`. \`spiffe-webhook serve --print-config\` prints a whole one. All faults are reported at once, each with its field. The
chart's values carry the same names.
`
  return `${header('Configuration')}${intro}${sections.join('')}`
}

function rows(base: string, section: Schema): string {
  return Object.entries(section.properties ?? {})
    .map(([key, schema]) => {
      const name = `${base}.${key}`
      if (schema.type === 'object' && schema.properties !== undefined) return rows(name, schema)
      const value = schema.default === undefined ? '–' : `\`${JSON.stringify(schema.default)}\``
      const choice = schema.enum === undefined ? '' : ` One of ${schema.enum.join(', ')}.`
      return `| \`${name}\` | ${cell(value)} | ${cell(`${schema.description ?? ''}${choice}`)} |\n`
    })
    .join('')
}

/** docs/reference/metrics.md: every metric of our own. */
export function metricsPage(): string {
  const lines = Object.entries(metricTable).map(
    ([name, { type, help, labels }]) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ') || '–'} | ${help} |\n`
  )
  return `${header('Metrics')}
\`/metrics\` on the probes' port, with the metrics of the Node process (\`process_…\`, \`nodejs_…\`) beside ours.

| metric | type | labels | meaning |
| --- | --- | --- | --- |
${lines.join('')}`
}
