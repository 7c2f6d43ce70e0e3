import type { Get } from '../cluster/api.ts'
import type { Config } from '../config/config.ts'
import { labelsOf, listAt, nameOf, namespaceOf, textAt, valueAt } from '../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../kubernetes/json.ts'
import { parseSelector } from '../kubernetes/label-selector.ts'
import { podTemplatePath } from '../kubernetes/pod-template.ts'
import type { NotSeen, Seen } from '../verify/check.ts'
import { judgeTrust } from '../verify/checks/trust.ts'
import { findConfig } from '../verify/facts/config.ts'
import { readConfigurations } from '../verify/facts/facts.ts'
import { readMesh } from '../verify/facts/mesh.ts'
import { getOne, listSome, mapSeen, seenList } from '../verify/facts/seen.ts'
import { type Owner, ownerOf } from '../verify/pods/owner.ts'
import type { NamespaceFacts } from './outcome.ts'
import type { PlanFacts } from './plan.ts'
import { collectWorkloads, type Workloads } from './workload.ts'

/** Effects of reading: requests with the user's own rights, and a line for the person who waits. */
export interface PlanDeps {
  readonly get: Get
  readonly progress: (text: string) => void
}

/** What is read of a cluster. */
export interface PlanSubject {
  /** The configuration of a webhook that is not installed. */
  readonly defaults: Config
  /** Undefined: the whole cluster. */
  readonly namespace: string | undefined
  /** Labels of pods, as kubectl takes them; undefined: all. */
  readonly selector: string | undefined
  /** Of the Workload API; undefined: not known. */
  readonly trustDomain: string | undefined
}

/** What was read; `config` is that of the installed webhook, where there is one. */
export interface PlanRead {
  readonly facts: PlanFacts
  readonly config: Config
  readonly notSeen: readonly NotSeen[]
}

/** Collections whose objects carry a pod template, and the one that says which CronJob made a Job. */
const collections = [
  ['apps', 'Deployment', 'deployments'],
  ['apps', 'StatefulSet', 'statefulsets'],
  ['apps', 'DaemonSet', 'daemonsets'],
  ['apps', 'ReplicaSet', 'replicasets'],
  ['', 'ReplicationController', 'replicationcontrollers'],
  ['batch', 'CronJob', 'cronjobs'],
  ['batch', 'Job', 'jobs']
] as const

const below = (group: string): string => (group === '' ? '/api/v1' : `/apis/${group}/v1`)
const within = (namespace: string | undefined): string =>
  namespace === undefined ? '' : `/namespaces/${namespace}`

/** Reads everything that a plan is made from. Throws where no answer comes (`UNREACHABLE`). */
export async function readPlan(
  { get, progress }: PlanDeps,
  { defaults, namespace, selector, trustDomain }: PlanSubject
): Promise<PlanRead> {
  progress('reading webhook configurations and the mesh')
  const mutating = await readConfigurations(get, 'mutatingwebhookconfigurations')
  const subject = { config: defaults, hasConfigFile: false }
  const { config, installed } = await findConfig({ get }, subject, mutating)
  const namespaces = await readNamespaces(get, namespace)
  const { mesh, policies } = await readMesh(get, namespace)
  const workloads = collectWorkloads(selector === undefined ? undefined : parseSelector(selector))
  const owners = new Map<string, Owner>()
  const templates: Seen<unknown>[] = []
  for (const [group, kind, resource] of collections) {
    progress(`reading ${resource}`)
    const path = `${below(group)}${within(namespace)}/${resource}`
    const name = group === '' ? resource : `${resource}.${group}`
    const add = (object: JsonObject): undefined =>
      addTemplate(object, group, kind, workloads, owners)
    templates.push(await listSome(get, { path }, name, add))
  }
  const pods = await readPods({ get, progress }, { namespace, selector }, workloads, owners)
  const facts: PlanFacts = {
    namespaces: seenOr(namespaces, []),
    workloads: workloads.result(),
    mutating: seenOr(mutating, undefined),
    trust: judgeTrust({
      trustDomain,
      mesh: seenOr(mesh, undefined),
      policies: seenOr(policies, []),
      moved: [],
      staying: 1
    })
  }
  const all = [mutating, installed, namespaces, mesh, policies, ...templates, pods]
  return {
    facts,
    config,
    notSeen: all.flatMap((one) => (one.kind === 'notSeen' ? one.notSeen : []))
  }
}

const seenOr = <T, U>(fact: Seen<T>, otherwise: U): T | U =>
  fact.kind === 'seen' ? fact.value : otherwise

async function readNamespaces(
  get: Get,
  namespace: string | undefined
): Promise<Seen<readonly NamespaceFacts[]>> {
  const facts = (object: JsonObject): NamespaceFacts => ({
    name: nameOf(object),
    labels: labelsOf(object)
  })
  if (namespace === undefined) {
    return listSome(get, { path: '/api/v1/namespaces' }, 'namespaces', facts)
  }
  const one = await getOne(get, `/api/v1/namespaces/${namespace}`, 'namespaces')
  return mapSeen(one, (object) => (object === undefined ? [] : [facts(object)]))
}

/** An object that another one controls is that one's affair; of a Job its CronJob is remembered. */
function addTemplate(
  object: JsonObject,
  group: string,
  kind: string,
  workloads: Workloads,
  owners: Map<string, Owner>
): undefined {
  const [namespace, name] = [namespaceOf(object), nameOf(object)]
  const controller = listAt(object, 'metadata', 'ownerReferences').find(
    (owner) => owner.controller === true
  )
  if (controller !== undefined) {
    const owner = { kind: textAt(controller, 'kind'), name: textAt(controller, 'name') }
    if (kind === 'Job' && owner.kind === 'CronJob') owners.set(`${namespace}/${name}`, owner)
    return
  }
  const template = valueAt(object, podTemplatePath(group, kind) ?? [])
  const isOver = kind === 'Job' && textAt(object, 'status', 'completionTime') !== ''
  if (isObject(template) && !isOver) workloads.addTemplate(namespace, { kind, name }, template)
}

/** What has ended will not be made again. */
const running = 'status.phase!=Succeeded,status.phase!=Failed'

function readPods(
  { get, progress }: PlanDeps,
  { namespace, selector }: Pick<PlanSubject, 'namespace' | 'selector'>,
  workloads: Workloads,
  owners: ReadonlyMap<string, Owner>
): Promise<Seen<number>> {
  const request = {
    path: `/api/v1${within(namespace)}/pods`,
    fieldSelector: running,
    ...(selector === undefined ? {} : { labelSelector: selector }),
    progress: (count: number) => progress(`read ${count} pods`)
  }
  return seenList(get, request, 'pods', () => {
    let count = 0
    return {
      add: (item) => {
        if (!isObject(item) || textAt(item, 'metadata', 'deletionTimestamp') !== '') return
        const owner = ownerOf(item)
        workloads.addPod(item, owners.get(`${namespaceOf(item)}/${owner.name}`) ?? owner)
        count += 1
      },
      result: () => count
    }
  })
}
