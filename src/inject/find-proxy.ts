import type { Pod } from '../kubernetes/pod.ts'
import type { InjectModel } from './inject-model.ts'
import { namedIstioProxy, type PlacedContainer, runsProxy } from './recognise-proxy.ts'
import { readProxyPair } from './template-stub.ts'

/** The istio-proxy to move with the stub beside it, none, or two copies that cannot be told apart. */
export type FoundProxy =
  | { readonly kind: 'found'; readonly proxy?: PlacedContainer; readonly stub?: PlacedContainer }
  | { readonly kind: 'broken'; readonly message: string }

/** Finds the istio-proxy that runs a proxy, in either list. */
export function findProxy(pod: Pod, model: InjectModel): FoundProxy {
  const named = namedIstioProxy(pod)
  const [only] = named
  if (named.length > 1) {
    const pair = readProxyPair(pod, named, model)
    return pair.kind === 'broken' ? pair : { kind: 'found', proxy: pair.proxy, stub: pair.stub }
  }
  return only !== undefined && runsProxy(only.container)
    ? { kind: 'found', proxy: only }
    : { kind: 'found' }
}
