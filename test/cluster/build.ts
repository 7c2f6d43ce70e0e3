/** Entry of `npm run cluster:build`: builds every tool that the suite needs, and says how far it is. */
import { buildTools } from './build-tools.ts'
import { suiteTools } from './toolchain.ts'

const began = Date.now()
await buildTools(suiteTools, (line) => process.stderr.write(`${line}\n`))
process.stderr.write(`tools ready after ${Math.round((Date.now() - began) / 1000)} s\n`)
