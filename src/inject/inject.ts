import type { InjectConfig } from '../config/config.ts'
import { collectEdits, type Edits } from '../kubernetes/edits.ts'
import { type Operation, pointer } from '../kubernetes/operation.ts'
import type { Pod } from '../kubernetes/pod.ts'
import { quote } from '../kubernetes/quote.ts'
import { appContainers } from './app-containers.ts'
import { proxyEnvironment } from './environment.ts'
import { findConflict, ownSocketMount } from './find-conflict.ts'
import { findProxy } from './find-proxy.ts'
import {
  appContainersAnnotation,
  endpointSocketEnv,
  istioProxyName,
  statusAnnotation,
  workloadCerts,
  workloadCertsMountPath
} from './names.ts'
import { isOptedOut } from './opt-out.ts'
import { tooOld } from './proxy-version.ts'
import {
  type InjectedReason,
  type InjectReason,
  injectReasons,
  type RefuseReason,
  type SkipReason
} from './reasons.ts'
import { isProxylessGrpc, type PlacedContainer } from './recognise-proxy.ts'
import { setProxy } from './set-proxy.ts'
import { foreignWorkloadCerts, setEnv, setSocketMount, setSocketVolume } from './set-socket.ts'
import { otherApplicationSocketFile, otherProxySocketFile } from './socket-file.ts'
import { templateRemedy } from './template-stub.ts'

/** A warning for the person who creates the pod: `message` opens with the reason's word. */
export interface InjectWarning {
  readonly reason: InjectReason
  readonly message: string
}

/** What happens to one pod. Operations are RFC 6902, relative to the pod, and safe in the order given. */
export type InjectDecision =
  | {
      readonly kind: 'injected'
      readonly reason: InjectedReason
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
  const found = findProxy(pod, config)
  if (found.kind === 'broken') {
    return { kind: 'refused', reason: 'BrokenInjection', message: found.message }
  }
  const { proxy, stub } = found
  if (proxy !== undefined && isProxylessGrpc(proxy.container)) {
    return skip(pod, 'ProxylessGrpc', [
      warning('ProxylessGrpc', injectReasons.ProxylessGrpc.meaning)
    ])
  }
  const apps = appContainers(pod)
  if (apps.kind === 'missing') {
    const message = `annotation ${appContainersAnnotation} names the container ${quote(apps.name)}, which the pod does not have: name one of its application containers, or *`
    return { kind: 'refused', reason: 'AppContainerNotFound', message }
  }
  if (proxy === undefined && apps.containers.length === 0) return skip(pod, 'NoIstioProxy')
  const conflict = findConflict(pod, proxy, apps.containers, config)
  if (conflict !== undefined) return { kind: 'refused', ...conflict }
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
  if (proxy === undefined) {
    if (apps.some((app) => ownSocketMount(pod, app, config) === undefined)) {
      setSocketVolume(edits, pod, config)
    }
  } else {
    setProxy(edits, pod, proxy, config)
    warnings.push(...proxyWarnings(pod, proxy, config))
  }
  for (const app of apps) {
    setApplication(edits, pod, app, config)
    const other = otherApplicationSocketFile(pod, app, config)
    if (other !== undefined) warnings.push(warning('OtherSocketFile', other))
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

/** An application that mounts the socket itself keeps its mount, and its variable if it has one. */
function setApplication(edits: Edits, pod: Pod, app: PlacedContainer, config: InjectConfig): void {
  const own = ownSocketMount(pod, app, config)
  if (own === undefined) setSocketMount(edits, app, config.applicationMountPath)
  else if (app.container.env?.some(({ name }) => name === endpointSocketEnv)) return
  const value = `unix://${config.applicationMountPath}/${config.socketFile}`
  setEnv(edits, app, endpointSocketEnv, value)
}

/** What may still keep a moved proxy from its identity, though injection does not touch it. */
function proxyWarnings(
  pod: Pod,
  proxy: PlacedContainer,
  config: InjectConfig
): readonly InjectWarning[] {
  const warnings: InjectWarning[] = []
  const foreign = foreignWorkloadCerts(pod, proxy)
  if (foreign === workloadCerts) {
    const message = `volume ${workloadCerts} has a source of its own, so it stays: rename it unless pilot-agent is meant to read certificates from it`
    warnings.push(warning('ForeignWorkloadCerts', message))
  } else if (foreign !== undefined) {
    const message = `volume ${quote(foreign)} is mounted at ${workloadCertsMountPath}, where pilot-agent looks for certificates in files, so it stays: mount it elsewhere unless that is meant`
    warnings.push(warning('ForeignWorkloadCerts', message))
  }
  const old = tooOld(proxy.container, proxyEnvironment(config))
  if (old !== undefined) warnings.push(warning('ProxyTooOld', old))
  const other = otherProxySocketFile(proxy, config)
  if (other !== undefined) warnings.push(warning('OtherSocketFile', other))
  return warnings
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
