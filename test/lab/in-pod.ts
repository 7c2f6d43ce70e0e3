import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serviceAccountFolder } from '../../src/cluster/service-account.ts'

/** What a pod knows of its API server. */
export interface OwnCluster {
  readonly server: string
  readonly token: string
  /** The CA of the API server, as PEM. */
  readonly ca: string
}

/** How a process runs as in a pod of its cluster: behind this command, with these variables. */
export interface InPod {
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
}

/** Mounts token and CA of a service account where kubelet would, for that process alone; they are kept in `folder`. */
export function inPod(folder: string, { server, token, ca }: OwnCluster): InPod {
  const files = join(folder, 'service-account')
  mkdirSync(files, { recursive: true })
  writeFileSync(join(files, 'token'), token)
  writeFileSync(join(files, 'ca.crt'), ca)
  const mount = `mount -t tmpfs none /run && mkdir -p ${serviceAccountFolder} && cp "$0"/* ${serviceAccountFolder}`
  const { hostname, port } = new URL(server)
  return {
    command: ['unshare', '--map-root-user', '--mount', 'sh', '-c', `${mount} && exec "$@"`, files],
    env: {
      KUBECONFIG: '',
      KUBERNETES_SERVICE_HOST: hostname.replace(/^\[|\]$/g, ''),
      KUBERNETES_SERVICE_PORT: port
    }
  }
}
