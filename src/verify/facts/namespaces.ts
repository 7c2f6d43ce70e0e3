import type { Get } from '../../cluster/api.ts'
import { optInLabel } from '../../inject/names.ts'
import { labelsOf, nameOf } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { Seen } from '../check.ts'
import { isInjected, type OptedInNamespace } from '../webhooks/istio.ts'
import { getOne, listSome, mapSeen } from './seen.ts'

/** The opted-in namespaces; of one that was asked for by name, whether it is one. Throws `NO_NAMESPACE`. */
export async function readNamespaces(
  get: Get,
  namespace: string | undefined,
  mutating: Seen<readonly JsonObject[]>
): Promise<Seen<readonly OptedInNamespace[]>> {
  const known = mutating.kind === 'seen' ? mutating.value : undefined
  const optedIn = (object: JsonObject): OptedInNamespace | undefined => {
    const labels = labelsOf(object)
    if (labels[optInLabel.key] !== optInLabel.value) return undefined
    return { name: nameOf(object), labels, injected: isInjected(labels, known) }
  }
  if (namespace === undefined) {
    const labelSelector = `${optInLabel.key}=${optInLabel.value}`
    return listSome(get, { path: '/api/v1/namespaces', labelSelector }, 'namespaces', optedIn)
  }
  const one = await getOne(get, `/api/v1/namespaces/${namespace}`, 'namespaces')
  if (one.kind === 'seen' && one.value === undefined) {
    const cause = { code: 'NO_NAMESPACE', found: namespace, wanted: 'a namespace', path: '-n' }
    throw new Error(`there is no namespace ${namespace}`, { cause })
  }
  return mapSeen(one, (object) => {
    const found = object === undefined ? undefined : optedIn(object)
    return found === undefined ? [] : [found]
  })
}

/** True for the error that a namespace which does not exist makes. */
export function isNoNamespace(error: unknown): error is Error {
  return (
    error instanceof Error &&
    (error.cause as { readonly code?: unknown } | undefined)?.code === 'NO_NAMESPACE'
  )
}
