import type { InjectConfig } from '../config/config.ts'
import { changes, collectEdits } from '../kubernetes/edits.ts'
import type { Pod } from '../kubernetes/pod.ts'
import { findConflict } from './find-conflict.ts'
import { findProxy } from './find-proxy.ts'
import { injectModel } from './inject-model.ts'
import { istioProxyName } from './names.ts'
import { isOptedOut } from './opt-out.ts'
import { isProxylessGrpc } from './recognise-proxy.ts'
import { setProxy } from './set-proxy.ts'

/**
 * What keeps an istio-proxy off the Workload API in a final pod, in words: empty where it is on it, undefined
 * where the pod need not be (no proxy, opted out, proxyless gRPC).
 */
export function offWorkloadApi(pod: Pod, config: InjectConfig): readonly string[] | undefined {
  if (isOptedOut(pod, config)) return undefined
  const model = injectModel(config)
  const found = findProxy(pod, model)
  if (found.kind === 'broken') return [found.message]
  const { proxy, stub } = found
  if (proxy === undefined || isProxylessGrpc(proxy.container)) return undefined
  if (stub !== undefined) return [`a second ${istioProxyName} in spec.${stub.list}`]
  const conflict = findConflict(pod, proxy, [], model)
  if (conflict !== undefined) return [conflict.message]
  const edits = collectEdits()
  setProxy(edits, pod, proxy, model)
  return changes(edits)
}
