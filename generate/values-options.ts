import { Document, isCollection, visit } from 'yaml'
import { configSchema } from '../src/config/schema.ts'
import type { Schema } from '../src/config/schema-parts.ts'

const opening =
  '  # Options of the configuration file, generated from src/config/schema.ts (npm run generate):'

/**
 * The chart's values.yaml with every option of the configuration file in its section: from the mark to the section's end, which is
 * a blank line. Above the mark are the values of the section that only the chart knows.
 */
export function withOptions(values: string): string {
  return Object.entries(configSchema.properties ?? {}).reduce(writeSection, values)
}

function writeSection(values: string, [name, section]: readonly [string, Schema]): string {
  const mark = values.indexOf(opening, values.indexOf(`\n${name}:\n`))
  const start = mark + opening.length + 1
  const end = values.indexOf('\n\n', mark) + 1
  if (mark < 0 || end === 0) throw new Error(`values.yaml lacks the mark of the section ${name}`)
  const options = Object.entries(section.properties ?? {}).map(([key, schema]) =>
    option(key, schema)
  )
  return `${values.slice(0, start)}${options.join('')}${values.slice(end)}`
}

/** One option as a value, with its comment; nothing for one that the chart decides by itself. */
function option(key: string, { chart, ...schema }: Schema): string {
  if (chart === false) return ''
  const { description = schema.description ?? '', schema: narrow } = chart ?? {}
  const value = chart !== undefined && 'default' in chart ? chart.default : schema.default
  const narrowed = narrow === undefined ? [] : [`@schema ${JSON.stringify(narrow)}`]
  const comment = [...wrap(`-- ${description}`), ...narrowed].map((line) => `# ${line}`)
  return [...comment, ...yamlOf({ [key]: value })].map((line) => `  ${line}\n`).join('')
}

const width = 124

/** Lists stand in one line where they fit. */
function yamlOf(value: object): readonly string[] {
  const write = (flow: boolean): string => {
    const document = new Document(value)
    visit(document, {
      Seq: (_, node) => {
        if (isCollection(node)) node.flow = flow || node.items.length === 0
      }
    })
    return document.toString({ lineWidth: 0, flowCollectionPadding: false, singleQuote: true })
  }
  const flow = write(true)
  return (flow.length <= width ? flow : write(false)).trimEnd().split('\n')
}

function wrap(text: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
