import { join } from 'node:path'
import { cacheFolder } from '../test/lab/toolchain.ts'

/** Where packages of others are kept between two builds; every use checks them against what is pinned. */
export const packageCache = (): string => join(cacheFolder(), 'release')
