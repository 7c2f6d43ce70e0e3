/** Entry of `npm run release:base`: pins the newest version of every package of the image's base. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { architectures } from '../node-binary.ts'
import { projectRoot } from '../project.ts'
import { apt } from './apt.ts'
import { type Pin, packageNames, pinsFile } from './pins.ts'

apt('apt-get', ['--quiet', 'update'])
const wanted = architectures.flatMap((architecture) =>
  packageNames.map((name) => `${name}:${architecture}`)
)
const records = apt('apt-cache', ['show', '--no-all-versions', ...wanted]).split('\n\n')

function newest(name: string, architecture: string): Pin {
  const field = (record: string, key: string): string =>
    new RegExp(`^${key}: (.*)$`, 'm').exec(record)?.[1] ?? ''
  const found = records.find(
    (record) => field(record, 'Package') === name && field(record, 'Architecture') === architecture
  )
  if (found === undefined) throw new Error(`Debian has no ${name} for ${architecture}`)
  return { name, version: field(found, 'Version'), sha256: field(found, 'SHA256') }
}

const pinned = architectures.map((architecture) => [
  architecture,
  packageNames.map((name) => newest(name, architecture))
])
const text = `${JSON.stringify(Object.fromEntries(pinned), null, 2)}\n`
writeFileSync(join(projectRoot, pinsFile), text)
console.log(text)
