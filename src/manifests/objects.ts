import { isObject, type JsonObject } from '../kubernetes/json.ts'
import { apiGroup } from '../kubernetes/pod-template.ts'
import type { ManifestDocument } from './documents.ts'

/** One Kubernetes object of a document: the document itself, or an item of a List. */
export interface ManifestObject {
  readonly document: ManifestDocument
  /** The keys that lead from the document to the object. */
  readonly keys: readonly (string | number)[]
  readonly value: JsonObject
  readonly group: string
  readonly kind: string
  /** As written; empty where the manifest leaves it to the caller. */
  readonly namespace: string
  readonly name: string
}

/** The Kubernetes objects of a document, Lists taken apart; anything else (values files, patches) has none. */
export function objectsOf(document: ManifestDocument): readonly ManifestObject[] {
  return collect(document, document.value, [])
}

function collect(
  document: ManifestDocument,
  value: unknown,
  keys: readonly (string | number)[]
): readonly ManifestObject[] {
  if (!isObject(value)) return []
  const { apiVersion, kind } = value
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return []
  if (kind.endsWith('List') && Array.isArray(value.items)) {
    return value.items.flatMap((item: unknown, index) =>
      collect(document, withKind(item, apiVersion, kind), [...keys, 'items', index])
    )
  }
  const metadata = isObject(value.metadata) ? value.metadata : {}
  const text = (key: string): string => (typeof metadata[key] === 'string' ? metadata[key] : '')
  const names = { namespace: text('namespace'), name: text('name') || text('generateName') }
  return [{ document, keys, value, group: apiGroup(apiVersion), kind, ...names }]
}

/** Items of a typed list, such as PodList, may leave out what the list says (k8s.io/apimachinery meta.EachListItem). */
function withKind(item: unknown, apiVersion: string, listKind: string): unknown {
  if (!isObject(item) || listKind === 'List' || typeof item.kind === 'string') return item
  return { apiVersion, kind: listKind.slice(0, -'List'.length), ...item }
}
