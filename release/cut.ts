/** Entry of `npm run release:cut VERSION`: writes a new version wherever the old one is written, and dates the changelog. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot, projectVersion, readProject } from './project.ts'
import { versionedFiles, withVersion } from './version.ts'

const [to = ''] = process.argv.slice(2)
if (!/^\d+\.\d+\.\d+$/.test(to)) throw new Error('usage: npm run release:cut VERSION, as in 0.3.0')
const from = projectVersion()
const date = new Date().toISOString().slice(0, 10)
for (const path of versionedFiles) {
  writeFileSync(join(projectRoot, path), withVersion(path, readProject(path), { from, to, date }))
  console.log(`wrote ${path}`)
}
