import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execute } from '../execute.ts'
import { cacheFolder, tool } from '../toolchain.ts'
import { moduleFolder } from './go-module.ts'

/** Kubernetes' own process that holds a pod's namespaces (build/pause/Makefile), compiled unless the cache holds it. */
export const pause = async (): Promise<string> => {
  const { version } = tool('kubernetes/kubelet')
  const binary = join(cacheFolder(), 'images', `pause-${version}`)
  if (existsSync(binary)) return binary
  const kubernetes = await moduleFolder('kubernetes/kubelet', 'k8s.io/kubernetes')
  const source = join(kubernetes, 'build/pause/linux/pause.c')
  await mkdir(dirname(binary), { recursive: true })
  const unfinished = `${binary}.unfinished`
  await execute('cc', ['-Os', '-static', `-DVERSION=${version}`, '-o', unfinished, source])
  await rename(unfinished, binary)
  return binary
}
