import { createHash } from 'node:crypto'
import type { Config } from '../config/config.ts'

/** Twelve hexadecimal digits that are the same for replicas with the same configuration. */
export function hashOf(config: Config): string {
  return createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 12)
}
