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
  if ('errors' in text) return text
  const document = parseDocument(text.text, { logLevel: 'silent' })
  if (document.errors.length > 0) {
    return { errors: document.errors.map(({ message }) => `${file}: ${firstLine(message)}`) }
  }
  const parsed = parseConfig(document.toJS({ maxAliasCount: 100 }))
  return 'config' in parsed ? parsed : { errors: parsed.errors.map((error) => `${file}: ${error}`) }
}

const firstLine = (message: string): string => message.split('\n')[0] ?? message

function readText(file: string): { readonly text: string } | { readonly errors: string[] } {
  try {
    return { text: readFileSync(file, 'utf8') }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { errors: [`${file}: cannot be read (${why}): name a YAML file with --config`] }
  }
}
