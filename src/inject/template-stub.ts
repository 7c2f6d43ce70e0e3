import { isObject } from '../kubernetes/json.ts'
import type { Container, EnvVar, Pod } from '../kubernetes/pod.ts'
import { quote, show } from '../kubernetes/quote.ts'
import type { InjectModel, Wanted } from './inject-model.ts'
import { apiTokenMountPath, istioProxyName, templatesAnnotation, workloadSocket } from './names.ts'
import { type PlacedContainer, runsProxy } from './recognise-proxy.ts'

/** One istio-proxy to move, a stub to drop beside it, or two real ones that nobody can tell apart. */
export type ProxyPair =
  | { readonly kind: 'repairable'; readonly proxy: PlacedContainer; readonly stub: PlacedContainer }
  | { readonly kind: 'broken'; readonly message: string }

/** What the API server fills into any container (pkg/apis/core/v1/defaults.go). */
const defaulted = new Set([
  'resources',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'imagePullPolicy'
])

/**
 * Tells what two containers named istio-proxy are. Under native sidecars Istio moves a user's istio-proxy into
 * initContainers before each overlay, so the old `spire` template leaves a stub of its own in containers.
 */
export function readProxyPair(
  pod: Pod,
  named: readonly PlacedContainer[],
  model: InjectModel
): ProxyPair {
  const proxy = named.find(({ container }) => runsProxy(container))
  const others = named.filter((placed) => placed !== proxy)
  const [stub] = others
  if (proxy !== undefined && stub !== undefined && others.length === 1) {
    const foreign = foreignFields(stub.container, model)
    if (foreign.length === 0) return { kind: 'repairable', proxy, stub }
    const copy = `the copy in spec.${stub.list} holds ${foreign.slice(0, 8).map(show).join(', ')}`
    return { kind: 'broken', message: brokenMessage(pod, copy) }
  }
  return { kind: 'broken', message: brokenMessage(pod, 'no single copy of them runs a proxy') }
}

/** The one thing to do about it, named by the annotation as the pod carries it. */
export function templateRemedy(pod: Pod): string {
  const templates = pod.metadata?.annotations?.[templatesAnnotation]
  return templates === undefined
    ? `take the ${istioProxyName} container out of Istio's default templates`
    : `remove the annotation ${templatesAnnotation}: ${quote(templates)}`
}

function brokenMessage(pod: Pod, why: string): string {
  return `${istioProxyName} is in the pod more than once, and ${why}: ${templateRemedy(pod)}, so that Istio injects one`
}

/** The fields of a container beyond its name, the server's defaults and what injection sets anyway. */
function foreignFields(container: Container, { proxyEnv }: InjectModel): readonly string[] {
  return Object.keys(container).filter((key) => {
    if (key === 'name' || container[key] === null) return false
    if (key === 'image') return container.image !== ''
    if (key === 'resources') return !isEmptyResources(container[key])
    if (key === 'volumeMounts') return !(container.volumeMounts ?? []).every(isOurMount)
    if (key === 'env') return !(container.env ?? []).every((entry) => isOurEnv(entry, proxyEnv))
    return !defaulted.has(key)
  })
}

const isEmptyResources = (value: unknown): boolean =>
  isObject(value) && Object.keys(value).length === 0

/** The ServiceAccount plugin adds the token to every container when the API server calls a second time. */
const isOurMount = ({ name, mountPath }: { name: string; mountPath: string }): boolean =>
  name === workloadSocket || mountPath === apiTokenMountPath

const isOurEnv = (entry: EnvVar, env: readonly Wanted<EnvVar>[]): boolean =>
  env.some(({ item }) => item.name === entry.name && item.value === entry.value)
