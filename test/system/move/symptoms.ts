import type { Cluster } from '../../lab/cluster.ts'
import { namespaces, peer } from './peers.ts'

/** What one Envoy knows of a pod: which roots it trusts, and how often it found fault with a certificate. */
export interface Seen {
  readonly pod: string
  /** Subjects of the roots that it trusts, by the name of the secret. */
  readonly roots: readonly string[]
  /** The name in its own certificate. */
  readonly id: string
  /** `ssl.fail_verify_error` of its listener and of its clusters for peers. */
  readonly refusedAsServer: number
  readonly refusedAsClient: number
}

interface Certificates {
  readonly certificates?: readonly {
    readonly ca_cert?: readonly { readonly subject_alt_names?: unknown; readonly path?: string }[]
    readonly cert_chain?: readonly {
      readonly subject_alt_names?: readonly { readonly uri?: string }[]
    }[]
  }[]
}

async function ask(
  { kubectl }: Cluster,
  namespace: string,
  pod: string,
  what: string
): Promise<string> {
  const exec = ['-n', namespace, 'exec', pod, '-c', 'istio-proxy', '--', 'pilot-agent', 'request']
  const { stdout } = await kubectl([...exec, 'GET', what])
  // pilot-agent may log a line of its own first.
  return what === 'certs' ? stdout.slice(stdout.indexOf('{')) : stdout
}

const sum = (text: string, pattern: RegExp): number =>
  [...text.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0)

/** How many roots an Envoy trusts, whatever domain they are for, and under which name it goes. */
async function look(cluster: Cluster, namespace: string): Promise<Seen> {
  const list = ['-n', namespace, 'get', 'pods', '-l', `app=${peer}`, '-o', 'json']
  const { items } = JSON.parse((await cluster.kubectl(list)).stdout) as {
    items: { metadata: { name: string; deletionTimestamp?: string } }[]
  }
  const pod = items.find(({ metadata }) => metadata.deletionTimestamp === undefined)
  if (pod === undefined) throw new Error(`no pod of ${peer} in ${namespace}`)
  const { name } = pod.metadata
  const certificates = JSON.parse(await ask(cluster, namespace, name, 'certs')) as Certificates
  const stats = await ask(cluster, namespace, name, 'stats?filter=ssl.fail_verify')
  const uris = certificates.certificates?.flatMap(
    ({ cert_chain }) =>
      cert_chain?.flatMap(({ subject_alt_names }) => subject_alt_names ?? []) ?? []
  )
  return {
    pod: `${namespace}/${name}`,
    roots: rootsOf(certificates),
    id: uris?.find(({ uri }) => uri !== undefined)?.uri ?? '',
    refusedAsServer: sum(stats, /^listener\S*fail_verify\S*: (\d+)$/gm),
    refusedAsClient: sum(stats, /^cluster\S*fail_verify\S*: (\d+)$/gm)
  }
}

function rootsOf({ certificates = [] }: Certificates): readonly string[] {
  const serials = certificates.flatMap(({ ca_cert = [] }) =>
    ca_cert.map((root) => (root as { serial_number?: string }).serial_number ?? '')
  )
  return [...new Set(serials)].filter((serial) => serial !== '').toSorted()
}

/** Which roots each side trusts, a line a pod. */
export const showRoots = (seen: readonly Seen[]): string =>
  seen.map(({ pod, id, roots }) => `${pod} is ${id} and trusts ${roots.join(', ')}`).join('\n')

/** Looks at one pod of each namespace. */
export const lookAtEnvoys = (cluster: Cluster): Promise<readonly Seen[]> =>
  Promise.all(namespaces.map((namespace) => look(cluster, namespace)))
