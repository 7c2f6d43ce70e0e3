import type { Get } from '../../cluster/api.ts'
import type { GuardModel } from '../../guard/guard-model.ts'
import { nameOf } from '../../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../../kubernetes/json.ts'
import type { Seen } from '../check.ts'
import { type ClusterNode, clusterNode, registers } from '../checks/driver-on-nodes.ts'
import { type SocketDaemonSet, socketDaemonSet } from '../pods/daemon-sets.ts'
import { type BadVolume, badVolume } from '../pods/reach.ts'
import type { VerifyDeps, VerifyScope } from '../scope.ts'
import type { OptedInNamespace } from '../webhooks/istio.ts'
import { readNamespaces } from './namespaces.ts'
import { type InstalledPolicy, readPolicy } from './policy.ts'
import { getOne, listSome, mapSeen, seenList } from './seen.ts'

/** The volumes of a cluster: how many there are, and those that lead to the socket. */
export interface Volumes {
  readonly count: number
  readonly bad: readonly BadVolume[]
}

/** Everything but the pods: each fact by itself, so that one refusal hides one fact. */
export interface ClusterFacts {
  readonly csiDriver: Seen<JsonObject | undefined>
  readonly nodes: Seen<readonly ClusterNode[]>
  /** Names of the nodes where the driver is registered. */
  readonly registered: Seen<ReadonlySet<string>>
  readonly daemonSets: Seen<readonly SocketDaemonSet[]>
  readonly mutating: Seen<readonly JsonObject[]>
  readonly validating: Seen<readonly JsonObject[]>
  readonly policy: Seen<InstalledPolicy>
  readonly namespaces: Seen<readonly OptedInNamespace[]>
  /** Labels of the namespaces that are not opted in, by name. */
  readonly others: Seen<ReadonlyMap<string, Readonly<Record<string, string>>>>
  readonly volumes: Seen<Volumes>
}

const storage = '/apis/storage.k8s.io/v1'

/** Every configuration of one kind: `mutatingwebhookconfigurations`, `validatingwebhookconfigurations`. */
export const readConfigurations = (get: Get, name: string): Promise<Seen<readonly JsonObject[]>> =>
  listSome(
    get,
    { path: `/apis/admissionregistration.k8s.io/v1/${name}` },
    `${name}.admissionregistration.k8s.io`,
    (object) => object
  )

/** Reads the other facts, a few requests at a time; the mutating configurations said by which configuration to judge. */
export async function readFacts(
  { get, progress }: VerifyDeps,
  scope: VerifyScope,
  mutating: Seen<readonly JsonObject[]>
): Promise<ClusterFacts> {
  progress('reading nodes, drivers and webhook configurations')
  const driver = scope.config.inject.csiDriver
  const [csiDriver, nodes, registered, daemonSets, validating] = await Promise.all([
    getOne(get, `${storage}/csidrivers/${driver}`, 'csidrivers.storage.k8s.io'),
    listSome(get, { path: '/api/v1/nodes' }, 'nodes', clusterNode),
    listSome(get, { path: `${storage}/csinodes` }, 'csinodes.storage.k8s.io', (node) =>
      registers(node, driver) ? nameOf(node) : undefined
    ),
    readDaemonSets(get, scope),
    readConfigurations(get, 'validatingwebhookconfigurations')
  ])
  const [namespaces, volumes, policy] = await Promise.all([
    readNamespaces(get, scope.namespace, mutating),
    readVolumes(get, scope.model),
    readPolicy(get, scope.config.certificates.validatingWebhookConfiguration)
  ])
  return {
    csiDriver,
    nodes,
    registered: mapSeen(registered, (names) => new Set(names)),
    daemonSets,
    mutating,
    validating,
    namespaces: mapSeen(namespaces, ({ optedIn }) => optedIn),
    others: mapSeen(namespaces, ({ others }) => others),
    policy,
    volumes
  }
}

function readDaemonSets(
  get: Get,
  { model, agentNamespace }: VerifyScope
): Promise<Seen<readonly SocketDaemonSet[]>> {
  const within = agentNamespace === undefined ? '' : `/namespaces/${agentNamespace}`
  const path = `/apis/apps/v1${within}/daemonsets`
  return listSome(get, { path }, 'daemonsets.apps', (object) => socketDaemonSet(object, model))
}

/** Counts the PersistentVolumes and keeps those that lead to the socket. */
function readVolumes(get: Get, model: GuardModel): Promise<Seen<Volumes>> {
  return seenList(get, { path: '/api/v1/persistentvolumes' }, 'persistentvolumes', () => {
    const bad: BadVolume[] = []
    let count = 0
    return {
      add: (item) => {
        count += 1
        const found = isObject(item) ? badVolume(item, model) : undefined
        if (found !== undefined) bad.push(found)
      },
      result: () => ({ count, bad })
    }
  })
}
