import { randomUUID } from 'node:crypto'

/** A plain Kubernetes object of the tables. */
export type KubernetesObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

/** What a review says beside its object. */
export interface ReviewOptions {
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE'
  readonly oldObject?: unknown
  readonly subResource?: string
  readonly username?: string
  readonly groups?: readonly string[]
  readonly dryRun?: boolean
  /** For a null object. */
  readonly kind?: string
}

/** A hostPath volume named v. */
export function volume(path: unknown): { readonly name: string; readonly hostPath: unknown } {
  return { name: 'v', hostPath: { path } }
}

/** The smallest valid Pod with this spec and metadata laid over it. */
export function pod(
  spec: Readonly<Record<string, unknown>> = {},
  metadata: Readonly<Record<string, unknown>> = {}
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod', namespace: 'app', ...metadata },
    spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec }
  }
}

const template = ({ metadata, spec }: KubernetesObject, restartPolicy?: string): unknown => ({
  metadata: {
    labels: { app: 'x', ...(metadata.labels ?? {}) },
    ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations })
  },
  spec: restartPolicy === undefined ? spec : { ...(spec as object), restartPolicy }
})

const workload = (
  apiVersion: string,
  kind: string,
  of: KubernetesObject,
  spec: Readonly<Record<string, unknown>>
): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: 'x', namespace: of.metadata.namespace },
  spec
})

const selector = { matchLabels: { app: 'x' } }

/** A Deployment of such pods. */
export function deployment(of: KubernetesObject): KubernetesObject & { spec: object } {
  return {
    ...workload('apps/v1', 'Deployment', of, {}),
    spec: { selector, template: template(of) }
  }
}

/** A DaemonSet of such pods. */
export function daemonSet(of: KubernetesObject): KubernetesObject {
  return workload('apps/v1', 'DaemonSet', of, { selector, template: template(of) })
}

/** One object of each of the 8 kinds that carry a pod template. */
export function templateKinds(of: KubernetesObject): readonly KubernetesObject[] {
  const job = { template: template(of, 'Never') }
  return [
    deployment(of),
    daemonSet(of),
    workload('apps/v1', 'ReplicaSet', of, { selector, template: template(of) }),
    workload('apps/v1', 'StatefulSet', of, {
      selector,
      serviceName: 'x',
      template: template(of)
    }),
    workload('v1', 'ReplicationController', of, { template: template(of) }),
    workload('batch/v1', 'Job', of, job),
    workload('batch/v1', 'CronJob', of, { schedule: '0 0 * * *', jobTemplate: { spec: job } }),
    {
      apiVersion: 'v1',
      kind: 'PodTemplate',
      metadata: { name: 'x', namespace: of.metadata.namespace },
      template: template(of)
    }
  ]
}

/** A PersistentVolume with this source; local ones have the node affinity that the API asks for. */
export function persistentVolume(source: Readonly<Record<string, unknown>>): KubernetesObject {
  const nodeSelectorTerms = [
    { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n1'] }] }
  ]
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'pv' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      ...(source.local === undefined
        ? {}
        : { nodeAffinity: { required: { nodeSelectorTerms } }, storageClassName: 'local' }),
      ...source
    }
  }
}

/** The object with this metadata laid over its own. */
export function updated(
  object: KubernetesObject,
  metadata: Readonly<Record<string, unknown>>
): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, ...metadata } }
}

/** The review of an object, as the API server sends it. */
export function review(object: KubernetesObject | null, options: ReviewOptions = {}): unknown {
  const apiVersion = object?.apiVersion ?? 'v1'
  const slash = apiVersion.indexOf('/')
  const { oldObject, subResource, dryRun = false } = options
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: randomUUID(),
      kind: {
        group: slash < 0 ? '' : apiVersion.slice(0, slash),
        version: apiVersion.slice(slash + 1),
        kind: object?.kind ?? options.kind ?? ''
      },
      ...(subResource === undefined ? {} : { subResource }),
      ...(object?.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
      ...(object === null ? {} : { name: object.metadata.name }),
      operation: options.operation ?? (oldObject === undefined ? 'CREATE' : 'UPDATE'),
      userInfo: {
        username: options.username ?? 'alice',
        groups: options.groups ?? ['system:authenticated']
      },
      object,
      oldObject: oldObject ?? null,
      dryRun
    }
  }
}

/** The review of an ephemeral container that is added to a running pod. */
export function ephemeral(
  before: KubernetesObject,
  added: Readonly<Record<string, unknown>>,
  options: ReviewOptions = {}
): unknown {
  const spec = before.spec as { readonly ephemeralContainers?: readonly object[] }
  const after = {
    ...before,
    spec: { ...spec, ephemeralContainers: [...(spec.ephemeralContainers ?? []), added] }
  }
  return review(after, { ...options, oldObject: before, subResource: 'ephemeralcontainers' })
}
