import type { Pod } from '../kubernetes/pod.ts'
import { appContainersAnnotation, istioProxyName } from './names.ts'
import { type PlacedContainer, placedContainers } from './recognise-proxy.ts'

/** The application containers that asked for the socket, or the name that the pod does not have. */
export type AppContainers =
  | { readonly kind: 'found'; readonly containers: readonly PlacedContainer[] }
  | { readonly kind: 'missing'; readonly name: string }

/** Reads the annotation: names separated by commas (init containers may be named too), or `*` for every container. */
export function appContainers(pod: Pod): AppContainers {
  const text = pod.metadata?.annotations?.[appContainersAnnotation]
  if (text === undefined) return { kind: 'found', containers: [] }
  const wanted = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const candidates = placedContainers(pod).filter(
    ({ container }) => container.name !== istioProxyName
  )
  const everyone = wanted.includes('*')
    ? candidates.filter(({ list }) => list === 'containers')
    : []
  const named = new Map(candidates.map((placed) => [placed.container.name, placed]))
  const missing = wanted.find((name) => name !== '*' && !named.has(name))
  if (missing !== undefined) return { kind: 'missing', name: missing }
  const chosen = wanted.flatMap((name) => named.get(name) ?? [])
  return { kind: 'found', containers: [...new Set([...everyone, ...chosen])] }
}
