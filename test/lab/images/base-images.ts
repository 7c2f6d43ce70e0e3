import { createHash } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { debianRoot } from './debian-root.ts'
import { type Buildah, hasImage, runInContainer, withContainer } from './image-store.ts'
import { findCommand } from './required-commands.ts'

/** Debian alone, in the storage under the name that it answers. */
export const debianImage = async (buildah: Buildah): Promise<string> => {
  const name = 'localhost/debian:bookworm'
  if (await hasImage(buildah, name)) return name
  const root = await debianRoot()
  await withContainer(buildah, 'scratch', async (container) => {
    await buildah('add', container, root, '/')
    await buildah('commit', container, name)
  })
  return name
}

// npm run puts the pinned Node first: the Dockerfile must bring that along by itself.
const ofThisMachine = (command: 'node' | 'npm'): string => {
  const folders = (process.env.PATH ?? '').split(':').filter((p) => !p.includes('node_modules'))
  const file = findCommand(command, folders.join(':'))
  if (file === undefined) throw new Error(`the product's image needs ${command} on this machine`)
  return realpathSync(file)
}

/** Debian with the Node and npm of this machine, and the authorities that this machine's npm trusts. */
export const nodeImage = async (buildah: Buildah): Promise<string> => {
  const node = ofThisMachine('node')
  const npm = dirname(dirname(ofThisMachine('npm')))
  const authorities = process.env.NODE_EXTRA_CA_CERTS
  const hash = createHash('sha256').update(readFileSync(node))
  hash.update(readFileSync(`${npm}/package.json`))
  if (authorities !== undefined) hash.update(readFileSync(authorities))
  const name = `localhost/node:${hash.digest('hex').slice(0, 12)}`
  if (await hasImage(buildah, name)) return name
  await withContainer(buildah, await debianImage(buildah), async (container) => {
    await buildah('copy', container, node, '/usr/local/bin/node')
    await buildah('copy', container, npm, '/usr/local/lib/node_modules/npm')
    const link = ['ln', '-s', '../lib/node_modules/npm/bin/npm-cli.js', '/usr/local/bin/npm']
    await runInContainer(buildah, container, link)
    if (authorities !== undefined) {
      await buildah('copy', container, authorities, '/etc/node-extra-ca-certs.pem')
      const variable = 'NODE_EXTRA_CA_CERTS=/etc/node-extra-ca-certs.pem'
      await buildah('config', '--env', variable, container)
    }
    await buildah('commit', container, name)
  })
  return name
}
