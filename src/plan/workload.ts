import { serviceAccountOf } from '../guard/exemptions.ts'
import type { GuardRequest } from '../guard/guard.ts'
import { labelsOf, textAt } from '../kubernetes/fields.ts'
import type { JsonObject } from '../kubernetes/json.ts'
import { decodePod, type Pod } from '../kubernetes/pod.ts'
import type { Owner } from '../verify/pods/owner.ts'
import { selects } from '../verify/webhooks/selectors.ts'

/** Pods that one owner makes, and one of them to judge: the newest that runs, else the owner's template. */
export interface Workload {
  readonly namespace: string
  readonly owner: Owner
  /** Pods that run now; zero where only the template was read. */
  readonly pods: number
  /** Some of their names, for a command. */
  readonly names: readonly string[]
  readonly serviceAccount: string
  readonly pod: Pod
  /** The same, as it was read. */
  readonly object: JsonObject
}

/**
 * The user that creates the pods of an owner, where kube-controller-manager runs with --use-service-account-credentials
 * (kubernetes cmd/kube-controller-manager/names). A bare pod's creator is not known.
 */
const controllers: Readonly<Record<string, string>> = {
  DaemonSet: 'daemon-set-controller',
  Deployment: 'replicaset-controller',
  ReplicaSet: 'replicaset-controller',
  StatefulSet: 'statefulset-controller',
  Job: 'job-controller',
  CronJob: 'job-controller',
  ReplicationController: 'replication-controller'
}

/** The user name of that controller, or empty where it is not known. */
export function creatorOf({ kind }: Owner): string {
  const controller = controllers[kind]
  return controller === undefined ? '' : `system:serviceaccount:kube-system:${controller}`
}

/** What the API server would ask of a pod of the workload: its creation by the owner's controller. */
export function creationOf({ namespace, owner }: Workload, object: unknown): GuardRequest {
  const about = { group: '', kind: 'Pod', subResource: '', operation: 'CREATE', groups: [] }
  return { ...about, namespace, username: creatorOf(owner), object, oldObject: null }
}

/** What a workload is made of while objects are read. */
interface Draft {
  readonly namespace: string
  readonly owner: Owner
  readonly names: string[]
  pods: number
  newest: string
  object: JsonObject
}

/** Names kept of one workload's pods. */
const kept = 10

/** Collects pods by owner; memory grows with owners, not with pods. */
export interface Workloads {
  readonly addPod: (pod: JsonObject, owner: Owner) => void
  /** A template counts only where none of its pods runs. */
  readonly addTemplate: (namespace: string, owner: Owner, template: unknown) => void
  /** By namespace, kind and name. */
  readonly result: () => readonly Workload[]
}

const keyOf = (namespace: string, { kind, name }: Owner): string => `${namespace}/${kind}/${name}`

/** Starts an empty collection of the pods, or pods of templates, that a selector matches; undefined: of all. */
export function collectWorkloads(selector?: JsonObject): Workloads {
  const drafts = new Map<string, Draft>()
  const templates = new Map<string, Draft>()
  return {
    addPod: (object, owner) => {
      if (!selects(selector, labelsOf(object))) return
      const namespace = textAt(object, 'metadata', 'namespace')
      const key = keyOf(namespace, owner)
      const newest = textAt(object, 'metadata', 'creationTimestamp')
      const draft = drafts.get(key) ?? { namespace, owner, names: [], pods: 0, newest, object }
      drafts.set(key, draft)
      draft.pods += 1
      if (draft.names.length < kept) draft.names.push(textAt(object, 'metadata', 'name'))
      if (newest > draft.newest) {
        draft.newest = newest
        draft.object = object
      }
    },
    addTemplate: (namespace, owner, template) => {
      if (!selects(selector, labelsOf(template))) return
      const object = { ...(template as JsonObject), apiVersion: 'v1', kind: 'Pod' }
      templates.set(keyOf(namespace, owner), {
        ...{ namespace, owner, names: [], pods: 0, newest: '' },
        object
      })
    },
    result: () => {
      for (const [key, draft] of templates) if (!drafts.has(key)) drafts.set(key, draft)
      return [...drafts.entries()]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([, draft]) => finish(draft))
    }
  }
}

function finish({ namespace, owner, pods, names, object }: Draft): readonly Workload[] {
  const decoded = decodePod(object)
  if (decoded.kind === 'malformed') return []
  const pod = decoded.value
  const serviceAccount = serviceAccountOf(pod.spec)
  return [{ namespace, owner, pods, names, serviceAccount, pod, object }]
}
