import type { Get } from '../../cluster/api.ts'
import { optInLabel } from '../../inject/names.ts'
import { labelsOf, nameOf } from '../../kubernetes/fields.ts'
import { isObject, type JsonObject } from '../../kubernetes/json.ts'
import type { Seen } from '../check.ts'
import { isInjected, type OptedInNamespace } from '../webhooks/istio.ts'
import { getOne, mapSeen, seenList } from './seen.ts'

/** Namespaces, those with the label and the others. */
export interface ReadNamespaces {
  readonly optedIn: readonly OptedInNamespace[]
  /** Labels by name. */
  readonly others: ReadonlyMap<string, Readonly<Record<string, string>>>
}

/** Every namespace; of one that was asked for by name, whether it is opted in. Throws `NO_NAMESPACE`. */
export async function readNamespaces(
  get: Get,
  namespace: string | undefined,
  mutating: Seen<readonly JsonObject[]>
): Promise<Seen<ReadNamespaces>> {
  const known = mutating.kind === 'seen' ? mutating.value : undefined
  const optedIn = (object: JsonObject): OptedInNamespace | undefined => {
    const labels = labelsOf(object)
    if (labels[optInLabel.key] !== optInLabel.value) return undefined
    return { name: nameOf(object), labels, injected: isInjected(labels, known) }
  }
  if (namespace === undefined) {
    return seenList(get, { path: '/api/v1/namespaces' }, 'namespaces', () => {
      const found: OptedInNamespace[] = []
      const others = new Map<string, Readonly<Record<string, string>>>()
      return {
        add: (item) => {
          if (!isObject(item)) return
          const one = optedIn(item)
          if (one === undefined) others.set(nameOf(item), labelsOf(item))
          else found.push(one)
        },
        result: () => ({ optedIn: found, others })
      }
    })
  }
  const one = await getOne(get, `/api/v1/namespaces/${namespace}`, 'namespaces')
  if (one.kind === 'seen' && one.value === undefined) {
    const cause = { code: 'NO_NAMESPACE', found: namespace, wanted: 'a namespace', path: '-n' }
    throw new Error(`there is no namespace ${namespace}`, { cause })
  }
  return mapSeen(one, (object) => {
    const found = object === undefined ? undefined : optedIn(object)
    return { optedIn: found === undefined ? [] : [found], others: new Map() }
  })
}

/** True for the error that a namespace which does not exist makes. */
export function isNoNamespace(error: unknown): error is Error {
  return (
    error instanceof Error &&
    (error.cause as { readonly code?: unknown } | undefined)?.code === 'NO_NAMESPACE'
  )
}
