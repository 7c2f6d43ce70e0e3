import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Entry } from '../archive.ts'
import { packageCache } from '../cache.ts'
import type { Architecture } from '../node-binary.ts'
import { untar } from '../untar.ts'
import { apt, suite } from './apt.ts'
import { type Pin, pins } from './pins.ts'

/** A Debian package as its archive holds it; none of its scripts ever runs. */
export interface DebianPackage extends Pin {
  readonly architecture: Architecture
  /** The fields that dpkg would record of an installed package. */
  readonly control: string
  readonly files: readonly Entry[]
}

/** The packages of the image's base, fetched by apt where the cache lacks them and checked against the pins. */
export async function debianPackages(
  architecture: Architecture
): Promise<readonly DebianPackage[]> {
  const wanted = pins()[architecture]
  fetch(
    wanted.filter((pin) => !existsSync(archiveOf(pin, architecture))),
    architecture
  )
  const found: DebianPackage[] = []
  for (const pin of wanted) found.push(await read(pin, architecture))
  return found
}

const archiveOf = ({ name, sha256 }: Pin, architecture: Architecture): string =>
  join(packageCache(), `${name}_${sha256.slice(0, 16)}_${architecture}.deb`)

async function read(pin: Pin, architecture: Architecture): Promise<DebianPackage> {
  const archive = archiveOf(pin, architecture)
  const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex')
  if (sha256 !== pin.sha256) {
    rmSync(archive)
    throw new Error(
      `${pin.name} ${pin.version} has the SHA-256 ${sha256}, not the pinned ${pin.sha256}`
    )
  }
  const control = execFileSync('dpkg-deb', ['--field', archive]).toString()
  const options = { maxBuffer: 1 << 28 }
  const files = await untar(execFileSync('dpkg-deb', ['--fsys-tarfile', archive], options))
  return { ...pin, architecture, control, files }
}

function fetch(missing: readonly Pin[], architecture: Architecture): void {
  if (missing.length === 0) return
  const wanted = missing.map(({ name, version }) => `${name}:${architecture}=${version}`)
  try {
    apt('apt-get', ['--quiet=2', 'update'])
    apt('apt-get', ['--quiet=2', 'download', ...wanted])
  } catch (cause) {
    const what = `apt cannot fetch ${wanted.join(', ')} of Debian ${suite}`
    throw new Error(`${what}: run npm run release:base to pin what Debian has now`, { cause })
  }
  for (const pin of missing) {
    const name = `${pin.name}_${pin.version.replaceAll(':', '%3a')}_${architecture}.deb`
    renameSync(join(packageCache(), name), archiveOf(pin, architecture))
  }
}
