/** Entry of `npm run generate`, which writes what is generated below charts/ (or another folder), and of `npm run generated:check`, which only looks. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { chartsFolder, outputs } from './outputs.ts'

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true
})
const folder = positionals[0] ?? chartsFolder

for (const [path, text] of outputs(folder)) {
  const file = join(folder, path)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  if (values.check) {
    console.error(`${join('charts', path)} is out of date: run npm run generate`)
    process.exitCode = 1
  } else {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    console.log(`wrote ${join('charts', path)}`)
  }
}
