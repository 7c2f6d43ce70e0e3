/** Entry of `npm run build`: writes the bundle to dist/. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { projectRoot } from './project.ts'

const folder = join(projectRoot, 'dist')
mkdirSync(folder, { recursive: true })
const { files } = await bundle()
for (const name of readdirSync(folder).filter((name) => name.endsWith('.mjs'))) {
  rmSync(join(folder, name))
}
for (const [name, content] of files) writeFileSync(join(folder, name), content)
