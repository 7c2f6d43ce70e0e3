import type { JsonObject } from './json.ts'
import {
  atMostItems,
  list,
  map,
  named,
  object,
  optional,
  type Shape,
  string,
  texts
} from './shape.ts'

/*
 * The few fields of a Pod that this product reads, as the wire carries them (k8s.io/api/core/v1 types.go).
 * Every other field stays in the object untouched, so fields newer than these types survive.
 */

/** Go's JSON writes absent lists and maps as null, as an absent key, or empty: all three mean none. */
type Maybe<T> = T | null | undefined

/** core/v1 VolumeMount. */
export interface VolumeMount extends JsonObject {
  readonly name: string
  readonly mountPath: string
}

/** core/v1 EnvVar. */
export interface EnvVar extends JsonObject {
  readonly name: string
}

/** core/v1 Volume: a name and, in a valid object, one source under the source's own key. */
export interface Volume extends JsonObject {
  readonly name: string
}

/** core/v1 Container and EphemeralContainer, as far as they are read here. */
export interface Container extends JsonObject {
  readonly name: string
  readonly image?: Maybe<string>
  readonly args?: Maybe<readonly string[]>
  readonly env?: Maybe<readonly EnvVar[]>
  readonly volumeMounts?: Maybe<readonly VolumeMount[]>
}

/** The three lists of a PodSpec that hold containers. */
export type ContainerList = 'initContainers' | 'containers' | 'ephemeralContainers'

/** core/v1 PodSpec. */
export interface PodSpec extends JsonObject {
  readonly serviceAccountName?: Maybe<string>
  readonly serviceAccount?: Maybe<string>
  readonly volumes?: Maybe<readonly Volume[]>
  readonly initContainers?: Maybe<readonly Container[]>
  readonly containers?: Maybe<readonly Container[]>
  readonly ephemeralContainers?: Maybe<readonly Container[]>
}

/** meta/v1 ObjectMeta. */
export interface ObjectMeta extends JsonObject {
  readonly name?: Maybe<string>
  readonly generateName?: Maybe<string>
  readonly namespace?: Maybe<string>
  readonly labels?: Maybe<Readonly<Record<string, string>>>
  readonly annotations?: Maybe<Readonly<Record<string, string>>>
}

/** core/v1 Pod, and PodTemplateSpec, which has the same two halves. */
export interface Pod extends JsonObject {
  readonly metadata?: Maybe<ObjectMeta>
  readonly spec?: Maybe<PodSpec>
}

const mountPath = object({ mountPath: string })
const mount: Shape = (value) => named(value) ?? mountPath(value)

const container = object({
  name: string,
  image: optional(string),
  args: optional(list(string)),
  env: optional(list(named)),
  volumeMounts: optional(list(mount))
})

/**
 * Bytes of an object's annotations: the API server refuses more (TotalAnnotationSizeLimitB, apimachinery
 * pkg/api/validation/objectmeta.go), but only after admission, where 3 MiB of them would be read.
 */
const mostAnnotations = 262_144

/** ObjectMeta, as far as it is read here. */
export const metadataShape: Shape = optional(
  object({
    name: optional(string),
    generateName: optional(string),
    namespace: optional(string),
    labels: optional(map(string)),
    annotations: optional(texts(mostAnnotations)),
    ownerReferences: optional(list(object({})))
  })
)

/**
 * A container takes 200 bytes of etcd with its defaults, and etcd stores objects of 1.5 MiB: no pod has as many. A
 * request may bring 3 MiB of them, and a patch for each would be ten times that.
 */
const containers = atMostItems(10_000, list(container))

const podShape = object({
  metadata: metadataShape,
  spec: optional(
    object({
      serviceAccountName: optional(string),
      serviceAccount: optional(string),
      volumes: optional(list(named)),
      initContainers: optional(containers),
      containers: optional(containers),
      ephemeralContainers: optional(containers)
    })
  )
})

/** A decoded pod, or the one sentence that says which field is not what Kubernetes would send. */
export type Decoded<T> =
  | { readonly kind: 'decoded'; readonly value: T }
  | { readonly kind: 'malformed'; readonly fault: string }

/** Reads a Pod or a PodTemplateSpec found at `path` (as in `spec.template`, or empty) without copying it. */
export function decodePod(value: unknown, path = ''): Decoded<Pod> {
  const fault = podShape(value)
  if (fault === undefined) return { kind: 'decoded', value: value as Pod }
  const place = `${path}${fault}`
  return {
    kind: 'malformed',
    fault: place.startsWith(':') ? `object${place}` : place.replace(/^\./, '')
  }
}
