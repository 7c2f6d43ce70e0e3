import type { JsonObject } from '../../src/kubernetes/json.ts'
import { type ChartObject, one } from './helm.ts'

/** A container, as far as the charts' tests read it. */
export interface Container {
  readonly name: string
  readonly image: string
  readonly args?: readonly string[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly securityContext?: JsonObject
  readonly resources?: { readonly limits?: JsonObject; readonly requests?: JsonObject }
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
  readonly [field: string]: unknown
}

/** A pod's spec. */
export interface PodSpec {
  readonly containers: readonly Container[]
  readonly volumes: readonly JsonObject[]
  readonly [field: string]: unknown
}

/** The pod template of a workload. */
export function podTemplate(object: ChartObject): {
  readonly metadata: ChartObject['metadata']
  readonly spec: PodSpec
} {
  return (object.spec as { template: ReturnType<typeof podTemplate> }).template
}

/** The pod template's spec of a workload. */
export const podSpec = (object: ChartObject): PodSpec => podTemplate(object).spec

/** One entry of a webhook configuration. */
export interface Webhook {
  readonly name: string
  readonly clientConfig: {
    readonly service: { readonly path: string; readonly namespace: string }
    readonly caBundle?: string
  }
  readonly failurePolicy: string
  readonly reinvocationPolicy?: string
  readonly namespaceSelector?: {
    readonly matchExpressions: readonly { readonly key: string; readonly values: string[] }[]
  }
  readonly rules: readonly { readonly resources: string[]; readonly operations: string[] }[]
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[]
  readonly [field: string]: unknown
}

/** The entries of a webhook configuration. */
export const webhooks = (object: ChartObject): readonly Webhook[] => object.webhooks as Webhook[]

/** One key of a ConfigMap. */
export function dataOf(objects: readonly ChartObject[], name: string, key: string): string {
  const { data } = one(objects, 'ConfigMap', name) as ChartObject & {
    readonly data: Readonly<Record<string, string>>
  }
  return data[key] ?? ''
}

/** The configuration that the chart renders for the server, as YAML. */
export const configText = (objects: readonly ChartObject[], name = 'spiffe-webhook'): string =>
  dataOf(objects, name, 'config.yaml')
