import type { Cluster } from '../../lab/cluster.ts'
import { until } from '../../lab/until.ts'
import { namespaces, peer } from './peers.ts'

/** What one Envoy holds: the roots that it trusts, and its own name. */
export interface Seen {
  readonly pod: string
  /** Serial numbers of the roots that it trusts. */
  readonly roots: readonly string[]
  /** The name in its own certificate. */
  readonly id: string
  /** Serial number of that certificate. */
  readonly serial: string
}

interface Certificates {
  readonly certificates?: readonly {
    readonly ca_cert?: readonly { readonly serial_number?: string }[]
    readonly cert_chain?: readonly {
      readonly serial_number?: string
      readonly subject_alt_names?: readonly { readonly uri?: string }[]
    }[]
  }[]
}

async function certificatesOf(
  { kubectl }: Cluster,
  namespace: string,
  pod: string
): Promise<string> {
  const exec = ['-n', namespace, 'exec', pod, '-c', 'istio-proxy', '--']
  const { stdout } = await kubectl([...exec, 'pilot-agent', 'request', 'GET', 'certs'])
  // pilot-agent may log a line of its own first.
  return stdout.slice(stdout.indexOf('{'))
}

/** Asks the Envoy of one peer that is not on its way out. */
async function look(cluster: Cluster, namespace: string): Promise<Seen> {
  const list = ['-n', namespace, 'get', 'pods', '-l', `app=${peer}`, '-o', 'json']
  const { items } = JSON.parse((await cluster.kubectl(list)).stdout) as {
    items: { metadata: { name: string; deletionTimestamp?: string } }[]
  }
  const pod = items.find(({ metadata }) => metadata.deletionTimestamp === undefined)
  if (pod === undefined) throw new Error(`no pod of ${peer} in ${namespace}`)
  const { name } = pod.metadata
  const certificates = JSON.parse(await certificatesOf(cluster, namespace, name)) as Certificates
  const leaf = certificates.certificates
    ?.flatMap(({ cert_chain }) => cert_chain ?? [])
    .find(({ subject_alt_names }) => subject_alt_names?.some(({ uri }) => uri !== undefined))
  return {
    pod: `${namespace}/${name}`,
    roots: rootsOf(certificates),
    id: leaf?.subject_alt_names?.find(({ uri }) => uri !== undefined)?.uri ?? '',
    serial: leaf?.serial_number ?? ''
  }
}

function rootsOf({ certificates = [] }: Certificates): readonly string[] {
  const serials = certificates.flatMap(({ ca_cert = [] }) =>
    ca_cert.flatMap(({ serial_number }) => serial_number ?? [])
  )
  return [...new Set(serials)].toSorted()
}

/** Which roots each side trusts, a line a pod. */
export const showRoots = (seen: readonly Seen[]): string =>
  seen.map(({ pod, id, roots }) => `${pod} is ${id} and trusts ${roots.join(', ')}`).join('\n')

/** Looks at one pod of each namespace. */
export const lookAtEnvoys = (cluster: Cluster): Promise<readonly Seen[]> =>
  Promise.all(namespaces.map((namespace) => look(cluster, namespace)))

/** Looks again until each Envoy is as it should be, a minute at most: roots are pushed to it. What was seen last is to be judged. */
export async function lookUntil(
  cluster: Cluster,
  right: (seen: Seen) => boolean
): Promise<readonly Seen[]> {
  let last: readonly Seen[] = []
  const look = async (): Promise<boolean> => {
    last = await lookAtEnvoys(cluster)
    return last.every(right)
  }
  const patience = { seconds: 60, everyMs: 1000 }
  await until('Envoys as they should be', look, patience).catch((error) => {
    if (last.length === 0) throw error
  })
  return last
}

/** One line of the access log for each way in which requests to other namespaces failed at the sidecars of a namespace. */
export async function accessLogOf503({ kubectl }: Cluster, namespace: string): Promise<string[]> {
  const log = ['logs', '-l', `app=${peer}`, '-c', 'istio-proxy', '--since=60s', '--tail=-1']
  const { stdout } = await kubectl(['-n', namespace, ...log])
  const failed = stdout.split('\n').filter((line) => /" 503 U/.test(line))
  const byReason = failed.map(
    (line) => [line.match(/" 503 (.*?) \d+ \d+ /)?.[1] ?? line, line] as const
  )
  return [...new Map(byReason).values()]
}
