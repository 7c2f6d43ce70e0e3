/**
 * Entry of `npm run cluster:build`: builds every tool that the suites need, and says how far it is.
 * With `--node` also what a node needs.
 */
import { parseArgs } from 'node:util'
import { buildTools } from './build-tools.ts'
import { nodeTools, suiteTools } from './toolchain.ts'

const { values } = parseArgs({ options: { node: { type: 'boolean', default: false } } })
const wanted = values.node ? [...suiteTools, ...nodeTools] : suiteTools
const began = Date.now()
await buildTools(wanted, (line) => process.stderr.write(`${line}\n`))
process.stderr.write(`tools ready after ${Math.round((Date.now() - began) / 1000)} s\n`)
