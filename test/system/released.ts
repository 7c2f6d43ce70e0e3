import { join } from 'node:path'
import { projectRoot, projectVersion } from '../../release/project.ts'
import type { Cluster } from '../lab/cluster.ts'
import type { Node } from '../lab/node/start-node.ts'
import { type Registry, startRegistry } from '../lab/registry.ts'

/** A chart of this repository. */
export type Chart = 'spiffe-webhook' | 'workload-api'

/** The folder of `npm run release` whose artefacts the system is made of; undefined for what the checkout holds. */
export const releasedFolder: string | undefined = process.env.SPIFFE_WEBHOOK_RELEASE || undefined

/** What Helm installs: a folder of the checkout, or the packed chart of a release. */
export const chartOf = (chart: Chart): string =>
  releasedFolder === undefined
    ? join(projectRoot, 'charts', chart)
    : join(releasedFolder, `${chart}-${projectVersion()}.tgz`)

/** A registry that answers for the one which the released chart names, with the released image in it. */
export const serveReleasedImage = async (
  cluster: Cluster,
  node: Node,
  folder: string
): Promise<Registry> => {
  const registry = await startRegistry(cluster, node.name, ['registry.example'])
  const version = projectVersion()
  const archive = join(folder, `spiffe-webhook-image-${version}.tar`)
  await registry.push(archive, `spiffe-webhook:${version}`)
  return registry
}
