import type { GuardConfig } from '../../src/config/config.ts'
import { type GuardModel, guardModel } from '../../src/guard/guard-model.ts'
import { defaultConfig } from '../config/default-config.ts'

/** The model of the defaults with this laid over the guard section. */
export function modelOf(guard: Partial<GuardConfig> = {}): GuardModel {
  return guardModel({ ...defaultConfig, guard: { ...defaultConfig.guard, ...guard } })
}
