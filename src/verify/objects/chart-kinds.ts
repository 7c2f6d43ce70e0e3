import { nameOf, namespaceOf } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { VerifyReason } from '../reasons.ts'

/** A kind of object that the chart renders, beside webhook configurations and policies. */
export interface ChartKind {
  /** As in `/apis/apps/v1`. */
  readonly api: string
  /** As in `deployments`. */
  readonly plural: string
  /** As RBAC names it: `deployments.apps`. */
  readonly resource: string
  readonly isNamespaced: boolean
  /** What to say where the object is missing. */
  readonly missing: readonly [reason: VerifyReason, effect: string]
}

const kind = (
  api: string,
  plural: string,
  missing: ChartKind['missing'],
  isNamespaced = true
): ChartKind => {
  const [, , group = ''] = api.split('/')
  const resource = api.startsWith('/apis/') ? `${plural}.${group}` : plural
  return { api, plural, resource, isNamespaced, missing }
}

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const noRights = [
  'ObjectMissing',
  'the server may keep neither its certificate nor the caBundles'
] as const

/** Every kind that is compared, by its name. */
export const chartKinds: Readonly<Record<string, ChartKind>> = {
  ConfigMap: kind('/api/v1', 'configmaps', ['ObjectMissing', 'no new replica starts']),
  Service: kind('/api/v1', 'services', ['ObjectMissing', 'API servers reach no replica']),
  Deployment: kind('/apis/apps/v1', 'deployments', [
    'ObjectMissing',
    'nothing answers the webhooks'
  ]),
  Role: kind(rbac, 'roles', noRights),
  RoleBinding: kind(rbac, 'rolebindings', noRights),
  ClusterRole: kind(rbac, 'clusterroles', noRights, false),
  ClusterRoleBinding: kind(rbac, 'clusterrolebindings', noRights, false),
  PodDisruptionBudget: kind('/apis/policy/v1', 'poddisruptionbudgets', [
    'ObjectDiffers',
    'a drain of nodes may stop every replica at once'
  ]),
  NetworkPolicy: kind('/apis/networking.k8s.io/v1', 'networkpolicies', [
    'ObjectDiffers',
    'every pod may reach the server, and the server may reach everything'
  ]),
  HorizontalPodAutoscaler: kind('/apis/autoscaling/v2', 'horizontalpodautoscalers', [
    'ObjectDiffers',
    'the number of replicas stays as it is'
  ]),
  CronJob: kind('/apis/batch/v1', 'cronjobs', ['ObjectDiffers', 'verify does not run on schedule'])
}

/** One object of the chart, as it was rendered: whole, or the fields that are known. */
export interface Rendered {
  readonly kind: string
  readonly of: ChartKind
  /** Undefined for objects of the cluster. */
  readonly namespace: string | undefined
  readonly name: string
  readonly object: JsonObject
}

/** A rendered object with its place; undefined for a kind that is not compared here. */
export function renderedOf(object: JsonObject, namespace: string): Rendered | undefined {
  const name = String(object.kind)
  const of = Object.hasOwn(chartKinds, name) ? chartKinds[name] : undefined
  if (of === undefined) return undefined
  const own = of.isNamespaced ? namespaceOf(object) || namespace : undefined
  return { kind: name, of, namespace: own, name: nameOf(object), object }
}

/** Where the API has it. */
export const pathOf = ({ of, namespace, name }: Rendered): string =>
  `${of.api}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${of.plural}/${name}`
