import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execute } from '../execute.ts'
import { cacheFolder } from '../toolchain.ts'

const release = 'bookworm'

/** What no program in an image reads: two thirds of the size. */
const unread = ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/locale']

/** The mirror that this machine's apt uses, or Debian's own. */
const mirror = async (): Promise<string> => {
  const format = ['--format', '$(RELEASE) $(REPO_URI)', 'Created-By: Packages']
  const { stdout } = await execute('apt-get', ['indextargets', ...format], { allowFailure: true })
  const lines = stdout.split('\n').map((line) => line.split(' '))
  return lines.find(([name]) => name === release)?.[1] ?? 'http://deb.debian.org/debian'
}

/**
 * A minimal Debian in a folder of the cache, made when it is missing (40 s). It holds iptables on top,
 * for the init container of Istio's sidecar.
 */
export const debianRoot = async (): Promise<string> => {
  const root = join(cacheFolder(), 'images', `debian-${release}`)
  if (existsSync(root)) return root
  const unfinished = `${root}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true })
  const variant = ['--variant=minbase', '--include=iptables']
  await execute('debootstrap', [...variant, release, unfinished, await mirror()])
  for (const folder of unread) await rm(join(unfinished, folder), { recursive: true })
  await rename(unfinished, root)
  return root
}
