import type { InjectConfig } from '../config/config.ts'
import { collectEdits } from '../kubernetes/edits.ts'
import type { Pod } from '../kubernetes/pod.ts'
import { isProxylessGrpc } from './istio-proxy.ts'
import { moveProxy } from './move-proxy.ts'
import { istioProxyName } from './names.ts'
import { findConflict, findTarget, isOptedOut } from './target.ts'

/**
 * What keeps an istio-proxy off the Workload API in a final pod, in words: empty where it is on it, undefined
 * where the pod need not be (no proxy, opted out, proxyless gRPC).
 */
export function offWorkloadApi(pod: Pod, config: InjectConfig): readonly string[] | undefined {
  if (isOptedOut(pod, config)) return undefined
  const target = findTarget(pod, config)
  if (target.kind === 'broken') return [target.message]
  const { proxy, stub } = target
  if (proxy === undefined || isProxylessGrpc(proxy.container)) return undefined
  if (stub !== undefined) return [`a second ${istioProxyName} in spec.${stub.list}`]
  const conflict = findConflict(proxy, [], config)
  if (conflict !== undefined) return [conflict]
  const edits = collectEdits()
  moveProxy(edits, pod, proxy, config)
  return edits.changes()
}
