import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = '/sys/fs/cgroup'

/** The one hierarchy of cgroup v2, or each of v1. */
const hierarchies = (): readonly string[] =>
  existsSync(join(root, 'cgroup.controllers'))
    ? [root]
    : readdirSync(root).map((controller) => join(root, controller))

const removeTree = (folder: string): void => {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(folder, entry.name))
  }
  rmdirSync(folder)
}

/** The machine's other processes must not starve pods: together they count as forty of those (cgroup v1 and v2). */
const shares = [
  ['cpu.shares', '40960'],
  ['cpu.weight', '4000']
] as const

const prefer = (folder: string): void => {
  for (const [file, value] of shares) {
    const path = join(folder, file)
    if (existsSync(path)) writeFileSync(path, value)
  }
}

/** A control group below which a kubelet keeps those of its pods. */
export interface ControlGroup {
  /** As the kubelet's configuration spells it. */
  readonly path: string
  /** Once the processes in it are gone. */
  readonly remove: () => Promise<void>
}

/** Makes a control group that carries the number of this process. */
export const makeControlGroup = (): ControlGroup => {
  const name = `spiffe-webhook-${process.pid}`
  const folders = hierarchies().map((hierarchy) => join(hierarchy, name))
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true })
    prefer(folder)
  }
  return {
    path: `/${name}`,
    remove: async () => {
      for (let tries = 0; ; tries++) {
        try {
          return folders.forEach(removeTree)
        } catch (error) {
          if (tries === 50) throw error
          await sleep(100) // the kernel is still taking the last processes down
        }
      }
    }
  }
}
