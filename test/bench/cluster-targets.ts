import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import type { Cluster } from '../lab/cluster.ts'
import type { Target } from './load.ts'
import { podsPath } from './prepare-cluster.ts'
import { cpuOf } from './servers.ts'
import type { Variant } from './variants.ts'

/** A token with which pods can be created anywhere, as a controller's. */
async function makeToken({ kubectl, actAs }: Cluster): Promise<string> {
  await kubectl(['create', 'serviceaccount', 'bench', '-n', 'default'])
  const account = ['--clusterrole=edit', '--serviceaccount=default:bench']
  await kubectl(['create', 'clusterrolebinding', 'bench', ...account])
  const config = new KubeConfig()
  config.loadFromFile(await actAs('default', 'bench'))
  return config.getCurrentUser()?.token ?? ''
}

/** One target for each variant: its pod is created again and again, and the API server's CPU time read. */
export async function clusterTargets(
  cluster: Cluster,
  variants: readonly Variant[]
): Promise<readonly Target[]> {
  const header = `authorization: Bearer ${await makeToken(cluster)}`
  const cpu = cpuOf(cluster.apiServer.pid() ?? 0)
  return variants.map((variant) => {
    const { name, namespace, pod } = variant
    const bodyFile = join(cluster.folder, `${namespace}-${JSON.stringify(pod).length}.json`)
    writeFileSync(bodyFile, JSON.stringify(pod))
    const url = `${cluster.server}${podsPath(variant)}`
    return { name, url, bodyFile, header, code: 201, cpu }
  })
}
