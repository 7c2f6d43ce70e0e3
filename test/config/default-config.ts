import type { Config } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/parse.ts'

const parsed = parseConfig({})
if ('errors' in parsed) throw new Error(parsed.errors.join('\n'))

/** The configuration of an empty file. */
export const defaultConfig: Config = parsed.config
