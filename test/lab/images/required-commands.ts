import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Commands that make images, each with the Debian packages that bring it. */
const debianPackages = {
  'apt-get': 'apt',
  buildah: 'buildah',
  cc: 'gcc libc6-dev',
  debootstrap: 'debootstrap',
  'dpkg-deb': 'dpkg',
  npm: 'npm',
  pip3: 'python3-pip'
} as const

/** A command from outside this repository that an image is made with. */
export type RequiredCommand = keyof typeof debianPackages

const runs = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Where a command is on a path like `/usr/bin:/bin`, if anywhere. */
export const findCommand = (
  command: string,
  path: string = process.env.PATH ?? ''
): string | undefined =>
  path
    .split(':')
    .map((folder) => join(folder, command))
    .find(runs)

/** Throws one sentence that names what is missing: root, or commands and their Debian packages. */
export const requireRootAnd = (commands: readonly RequiredCommand[]): void => {
  if (process.getuid?.() !== 0) throw new Error('container images are made by root only: use sudo')
  const missing = commands.filter((command) => findCommand(command) === undefined)
  if (missing.length === 0) return
  const packages = missing.map((command) => debianPackages[command]).join(' ')
  throw new Error(
    `images cannot be made without ${missing.join(', ')}: apt-get install ${packages}`
  )
}
