import type { ChartValue } from './read-values.ts'

const opening = '<!-- values: generated from values.yaml by npm run generate -->'
const closing = '<!-- /values -->'

/** A README with the table of all values between its two marks. */
export function withValuesTable(readme: string, values: readonly ChartValue[]): string {
  const [before, rest] = readme.split(opening)
  const after = rest?.split(closing)[1]
  if (before === undefined || after === undefined) {
    throw new Error(`the README lacks ${opening} or ${closing}`)
  }
  const rows = leaves(values).map(
    ({ path, value, description }) =>
      `| \`${path.join('.')}\` | \`${cell(JSON.stringify(value))}\` | ${cell(description)} |`
  )
  const table = ['| Value | Default | Meaning |', '| --- | --- | --- |', ...rows].join('\n')
  return `${before}${opening}\n${table}\n${closing}${after}`
}

const leaves = (values: readonly ChartValue[]): readonly ChartValue[] =>
  values.flatMap((value) => (value.children === undefined ? [value] : leaves(value.children)))

const cell = (text: string): string => text.replaceAll('|', '\\|')
