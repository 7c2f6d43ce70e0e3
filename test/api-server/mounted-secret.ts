import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../lab/cluster.ts'

/** A folder that follows a Secret. */
export interface MountedSecret {
  readonly folder: string
  readonly stop: () => void
}

/** The Secret, and the milliseconds from its change until a kubelet has written it: up to a minute and a half. */
export interface MountOptions {
  readonly namespace: string
  readonly secret: string
  readonly delay: number
}

/**
 * Mounts a Secret as a kubelet does, which it stands in for: files behind a link `..data` that is swapped by a rename,
 * late, and left as they are while the Secret is gone.
 */
export async function mountSecret(
  cluster: Cluster,
  { namespace, secret, delay }: MountOptions
): Promise<MountedSecret> {
  const folder = join(cluster.folder, `mounted-${secret}`)
  mkdirSync(folder, { recursive: true })
  const state = { on: true, shown: '' }
  const read = async (): Promise<string> => {
    const args = ['-n', namespace, 'get', 'secret', secret, '--ignore-not-found', '-o', 'json']
    const { stdout } = await cluster.kubectl(args)
    return stdout === '' ? '' : JSON.stringify(JSON.parse(stdout).data)
  }
  const show = (data: string): void => {
    if (data === '' || data === state.shown) return
    swap(folder, JSON.parse(data))
    state.shown = data
  }
  show(await read())
  const follow = async (): Promise<void> => {
    while (state.on) {
      await sleep(500)
      const data = await read().catch(() => '')
      if (data !== '' && data !== state.shown) {
        await sleep(delay)
        if (state.on) show(data)
      }
    }
  }
  void follow()
  return {
    folder,
    stop: () => {
      state.on = false
    }
  }
}

function swap(folder: string, data: Readonly<Record<string, string>>): void {
  const target = `..${Date.now()}`
  mkdirSync(join(folder, target))
  for (const [name, value] of Object.entries(data)) {
    writeFileSync(join(folder, target, name), Buffer.from(value, 'base64'))
    rmSync(join(folder, name), { force: true })
    symlinkSync(join('..data', name), join(folder, name))
  }
  symlinkSync(target, join(folder, '..data_new'))
  renameSync(join(folder, '..data_new'), join(folder, '..data'))
}
