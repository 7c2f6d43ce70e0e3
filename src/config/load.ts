import { readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'
import { type ParsedConfig, parseConfig } from './parse.ts'

/**
 * Reads and checks a configuration file (YAML or JSON); without one, the defaults. Never throws: a file that
 * cannot be read or parsed is an error like any other, with the file's name in front.
 */
export function loadConfig({ file }: { readonly file?: string } = {}): ParsedConfig {
  if (file === undefined) return parseConfig({})
  const text = readText(file)
  const parsed = 'errors' in text ? text : readConfig(text.text)
  return 'config' in parsed ? parsed : { errors: parsed.errors.map((error) => `${file}: ${error}`) }
}

/** Checks the text of a configuration, as `loadConfig` does that of a file. */
export function readConfig(text: string): ParsedConfig {
  const read = readYaml(text)
  return 'errors' in read ? read : parseConfig(read.value)
}

/** Aliases are resolved while values are made: one without an anchor, or a bomb of them, is a fault only then. */
function readYaml(text: string): { readonly value: unknown } | { readonly errors: string[] } {
  const document = parseDocument(text, { logLevel: 'error' })
  if (document.errors.length > 0) {
    return {
      errors: document.errors.map(({ code, message }) => faults[code] ?? firstLine(message))
    }
  }
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) }
  } catch (error) {
    return { errors: [firstLine(whyOf(error))] }
  }
}

const faults: Readonly<Partial<Record<string, string>>> = {
  MULTIPLE_DOCS: 'holds more than one document: write one'
}

const whyOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const firstLine = (message: string): string => message.replace(/\n.*/s, '')

function readText(file: string): { readonly text: string } | { readonly errors: string[] } {
  try {
    return { text: readFileSync(file, 'utf8') }
  } catch (error) {
    return { errors: [`cannot be read (${whyOf(error)}): name a YAML file with --config`] }
  }
}
