import type { InjectConfig } from '../config/config.ts'
import { collectEdits, type Edits } from '../kubernetes/edits.ts'
import { type Operation, pointer } from '../kubernetes/operation.ts'
import type { Pod } from '../kubernetes/pod.ts'
import { quote } from '../kubernetes/quote.ts'
import { appContainers } from './app-containers.ts'
import { isProxylessGrpc, type PlacedContainer } from './istio-proxy.ts'
import { moveProxy } from './move-proxy.ts'
import {
  appContainersAnnotation,
  endpointSocketEnv,
  istioProxyName,
  statusAnnotation,
  workloadCerts
} from './names.ts'
import { injectReasons, type RefuseReason, type SkipReason } from './reasons.ts'
import { findConflict, findTarget, isOptedOut } from './target.ts'
import { templateRemedy } from './template-stub.ts'
import { setEnv, setSocketMount, setSocketVolume } from './workload-socket.ts'

/** A warning for the person who creates the pod: `message` opens with the reason's word. */
export interface InjectWarning {
  readonly reason: 'RepairedTemplate' | 'ForeignWorkloadCerts' | 'ProxylessGrpc'
  readonly message: string
}

/** What happens to one pod. Operations are RFC 6902, relative to the pod, and safe in the order given. */
export type InjectDecision =
  | {
      readonly kind: 'injected'
      readonly reason: 'Injected' | 'AlreadyInjected' | 'RepairedTemplate'
      readonly operations: readonly Operation[]
      readonly warnings: readonly InjectWarning[]
    }
  | {
      readonly kind: 'skipped'
      readonly reason: SkipReason
      /** Only the status annotation. */
      readonly operations: readonly Operation[]
      readonly warnings: readonly InjectWarning[]
    }
  | { readonly kind: 'refused'; readonly reason: RefuseReason; readonly message: string }

/** Decides what to change in one pod that Istio has injected, or why not. Never throws, never changes its input. */
export function inject(pod: Pod, config: InjectConfig): InjectDecision {
  if (isOptedOut(pod, config)) return skip(pod, 'OptedOut')
  const target = findTarget(pod, config)
  if (target.kind === 'broken') {
    return { kind: 'refused', reason: 'BrokenInjection', message: target.message }
  }
  const { proxy, stub } = target
  if (proxy !== undefined && isProxylessGrpc(proxy.container)) {
    return skip(pod, 'ProxylessGrpc', [warning('ProxylessGrpc', injectReasons.ProxylessGrpc)])
  }
  const apps = appContainers(pod)
  if (apps.kind === 'missing') {
    const message = `annotation ${appContainersAnnotation} names the container ${quote(apps.name)}, which the pod does not have: name one of its application containers, or *`
    return { kind: 'refused', reason: 'AppContainerNotFound', message }
  }
  if (proxy === undefined && apps.containers.length === 0) return skip(pod, 'NoIstioProxy')
  const conflict = findConflict(proxy, apps.containers, config)
  if (conflict !== undefined) {
    return { kind: 'refused', reason: 'MountPathConflict', message: conflict }
  }
  return move(pod, proxy, stub, apps.containers, config)
}

function move(
  pod: Pod,
  proxy: PlacedContainer | undefined,
  stub: PlacedContainer | undefined,
  apps: readonly PlacedContainer[],
  config: InjectConfig
): InjectDecision {
  const edits = collectEdits()
  const warnings: InjectWarning[] = []
  if (proxy === undefined) setSocketVolume(edits, pod, config)
  else if (moveProxy(edits, pod, proxy, config)) {
    const message = `volume ${workloadCerts} has a source of its own, so it stays: rename it unless pilot-agent is meant to read certificates from it`
    warnings.push(warning('ForeignWorkloadCerts', message))
  }
  for (const app of apps) {
    setSocketMount(edits, app, config.applicationMountPath)
    setEnv(
      edits,
      app,
      endpointSocketEnv,
      `unix://${config.applicationMountPath}/${config.socketFile}`
    )
  }
  if (stub !== undefined) {
    const list = { path: pointer('/spec', stub.list), items: pod.spec?.[stub.list] ?? [] }
    edits.drop(list, (container) => container === stub.container, `second ${istioProxyName}`)
    const message = `dropped the stub ${istioProxyName} of an old template from spec.${stub.list}: ${templateRemedy(pod)}, it is no longer needed`
    warnings.push(warning('RepairedTemplate', message))
  }
  setMetadata(edits, pod, proxy === undefined ? {} : config.labels, 'injected')
  const operations = edits.operations()
  if (stub !== undefined)
    return { kind: 'injected', reason: 'RepairedTemplate', operations, warnings }
  const reason = operations.length === 0 ? 'AlreadyInjected' : 'Injected'
  return { kind: 'injected', reason, operations, warnings }
}

function setMetadata(
  edits: Edits,
  pod: Pod,
  labels: Readonly<Record<string, string>>,
  status: string
): void {
  const { metadata } = pod
  edits.ensure('/metadata', metadata)
  for (const [key, value] of Object.entries(labels)) {
    edits.set('/metadata/labels', metadata?.labels ?? {}, key, value)
  }
  edits.set('/metadata/annotations', metadata?.annotations ?? {}, statusAnnotation, status)
}

function skip(
  pod: Pod,
  reason: SkipReason,
  warnings: readonly InjectWarning[] = []
): InjectDecision {
  const edits = collectEdits()
  setMetadata(edits, pod, {}, `skipped: ${reason}`)
  return { kind: 'skipped', reason, operations: edits.operations(), warnings }
}

function warning(reason: InjectWarning['reason'], message: string): InjectWarning {
  return { reason, message: `${reason}: ${message}` }
}
