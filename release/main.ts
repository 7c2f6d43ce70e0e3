/** Entry of `npm run release`: makes everything that is published of a version, in dist/release/VERSION. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { notesOf } from './changelog.ts'
import { projectRoot, projectVersion, readProject, revision } from './project.ts'
import { writeRelease } from './write-release.ts'

const { values } = parseArgs({
  options: {
    source: { type: 'string', default: 'https://spiffe-webhook.example' },
    image: { type: 'string', default: 'registry.example/spiffe-webhook' },
    tag: { type: 'string' },
    out: { type: 'string' }
  }
})
const version = projectVersion()
const notes = notesOf(readProject('CHANGELOG.md'), version)
if (values.tag !== undefined && values.tag !== `v${version}`) {
  throw new Error(`the tag ${values.tag} is not v${version}, the version in package.json`)
}
if (notes.date === undefined) {
  const what = `CHANGELOG.md has no section [${version}] with a date`
  if (values.tag !== undefined) throw new Error(what)
  console.error(`${what}: the notes are those of [Unreleased]`)
}
const commit = revision()
const release = {
  version,
  source: values.source,
  image: values.image,
  date: notes.date ?? '1970-01-01',
  ...(commit === undefined ? {} : { revision: commit })
}
const folder = values.out ?? join(projectRoot, 'dist/release', version)
for (const line of await writeRelease(folder, release, notes)) console.log(line)
