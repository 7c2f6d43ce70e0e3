import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageCache } from '../cache.ts'

/** The Debian release that the image's base is made of. */
export const suite = 'trixie'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** The mirrors that this machine's apt uses, or Debian's own. */
function mirrors(): { readonly main: string; readonly security: string } {
  const format = ['--format', '$(REPO_URI)', 'Created-By: Packages']
  const output = execFileSync('apt-get', ['indextargets', ...format]).toString()
  const addresses = output.split('\n').map((line) => line.replace(/\/$/, ''))
  return {
    main:
      addresses.find((address) => address.endsWith('/debian')) ?? 'http://deb.debian.org/debian',
    security:
      addresses.find((address) => address.endsWith('/debian-security')) ??
      'http://deb.debian.org/debian-security'
  }
}

/**
 * Debian's apt client with lists and sources of its own: any Debian release, any architecture, and nothing of this
 * machine's is changed or read besides the keys of the archive.
 */
export function apt(
  command: string,
  args: readonly string[],
  folder: string = packageCache()
): string {
  const state = join(folder, 'apt')
  for (const name of ['lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(state, name), { recursive: true })
  }
  const { main, security } = mirrors()
  const source = (address: string, name: string): string =>
    `deb [signed-by=${keyring}] ${address} ${name} main\n`
  writeFileSync(
    join(state, 'sources.list'),
    source(main, suite) + source(main, `${suite}-updates`) + source(security, `${suite}-security`)
  )
  writeFileSync(join(state, 'status'), '')
  const options = {
    'Dir::Etc::sourcelist': join(state, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': join(state, 'lists'),
    'Dir::State::status': join(state, 'status'),
    'Dir::Cache': join(state, 'cache'),
    'APT::Architecture': 'amd64',
    'APT::Architectures': 'amd64,arm64',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none'
  }
  const flags = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  return execFileSync(command, [...flags, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26
  }).toString()
}
