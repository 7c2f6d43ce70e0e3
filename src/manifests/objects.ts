import { apiGroup, nameOf, namespaceOf, textAt } from '../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../kubernetes/json.ts'
import { isPattern, type PodPlace, podPlaces } from '../kubernetes/pod-shapes.ts'
import type { ManifestDocument } from './documents.ts'

/** One Kubernetes object of a document: the document itself, or an item of a List. */
export interface ManifestObject {
  readonly document: ManifestDocument
  /** The keys that lead from the document to the object. */
  readonly keys: readonly (string | number)[]
  readonly value: JsonObject
  readonly group: string
  readonly kind: string
  /** As written, else the one given for pods and their templates, else empty. */
  readonly namespace: string
  readonly name: string
  /** Where it carries pods, those found by shape included. */
  readonly pods: readonly PodPlace[]
  /** True where those are only patterns, from which no pod is created: a policy, a schema. */
  readonly pattern: boolean
}

/**
 * The Kubernetes objects of a document, Lists taken apart; anything else (values files, patches) has none.
 * `namespace` is for pods and pod templates that name none themselves.
 */
export function objectsOf(document: ManifestDocument, namespace = ''): readonly ManifestObject[] {
  return collect(document.value, []).map(({ keys, value, apiVersion, kind }) => {
    const group = apiGroup(apiVersion)
    const pods = podPlaces(group, kind, value)
    const fallback = pods.length === 0 ? '' : namespace
    const names = {
      namespace: namespaceOf(value) || fallback,
      name: nameOf(value) || textAt(value, 'metadata', 'generateName')
    }
    return { document, keys, value, group, kind, ...names, pods, pattern: isPattern(group) }
  })
}

interface Found {
  readonly keys: readonly (string | number)[]
  readonly value: JsonObject
  readonly apiVersion: string
  readonly kind: string
}

function collect(value: unknown, keys: readonly (string | number)[]): readonly Found[] {
  if (!isObject(value)) return []
  const { apiVersion, kind } = value
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return []
  if (!kind.endsWith('List') || !Array.isArray(value.items)) {
    return [{ keys, value, apiVersion, kind }]
  }
  return value.items.flatMap((item: unknown, index) =>
    collect(withKind(item, apiVersion, kind), [...keys, 'items', index])
  )
}

/** Items of a typed list, such as PodList, may leave out what the list says (k8s.io/apimachinery meta.EachListItem). */
function withKind(item: unknown, apiVersion: string, listKind: string): unknown {
  if (!isObject(item) || listKind === 'List' || typeof item.kind === 'string') return item
  return { apiVersion, kind: listKind.slice(0, -'List'.length), ...item }
}
