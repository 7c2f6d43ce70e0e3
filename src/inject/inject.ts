import type { InjectConfig } from '../config/config.ts'
import {
  collectEdits,
  drop,
  type Edits,
  ensure,
  type MapEntry,
  mapEntry,
  operationsOf,
  setEntry
} from '../kubernetes/edits.ts'
import type { Operation } from '../kubernetes/operation.ts'
import type { Pod } from '../kubernetes/pod.ts'
import { quote } from '../kubernetes/quote.ts'
import { appContainers } from './app-containers.ts'
import { findConflict, ownSocketMount } from './find-conflict.ts'
import { findProxy } from './find-proxy.ts'
import { type InjectModel, injectModel } from './inject-model.ts'
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
import { foreignWorkloadCerts, setEnv, setSocketMounts, setSocketVolume } from './set-socket.ts'
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
  const model = injectModel(config)
  const found = findProxy(pod, model)
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
  const conflict = findConflict(pod, proxy, apps.containers, model)
  if (conflict !== undefined) return { kind: 'refused', ...conflict }
  return move(pod, proxy, stub, apps.containers, model)
}

function move(
  pod: Pod,
  proxy: PlacedContainer | undefined,
  stub: PlacedContainer | undefined,
  apps: readonly PlacedContainer[],
  model: InjectModel
): InjectDecision {
  const edits = collectEdits()
  const warnings: InjectWarning[] = []
  if (proxy === undefined) {
    if (apps.some((app) => ownSocketMount(pod, app, model) === undefined)) {
      setSocketVolume(edits, pod, model)
    }
  } else {
    setProxy(edits, pod, proxy, model)
    addProxyWarnings(warnings, pod, proxy, model)
  }
  for (const app of apps) {
    setApplication(edits, pod, app, model)
    const other = otherApplicationSocketFile(pod, app, model)
    if (other !== undefined) warnings.push(warning('OtherSocketFile', other))
  }
  if (stub !== undefined) {
    const list = { path: `/spec/${stub.list}`, items: pod.spec?.[stub.list] ?? [] }
    drop(edits, list, (container) => container === stub.container, `second ${istioProxyName}`)
    const message = `dropped the stub ${istioProxyName} of an old template from spec.${stub.list}: ${templateRemedy(pod)}, it is no longer needed`
    warnings.push(warning('RepairedTemplate', message))
  }
  setMetadata(edits, pod, proxy === undefined ? [] : model.labels, injected)
  const operations = operationsOf(edits)
  if (stub !== undefined)
    return { kind: 'injected', reason: 'RepairedTemplate', operations, warnings }
  const reason = operations.length === 0 ? 'AlreadyInjected' : 'Injected'
  return { kind: 'injected', reason, operations, warnings }
}

/** An application that mounts the socket itself keeps its mount, and its variable if it has one. */
function setApplication(edits: Edits, pod: Pod, app: PlacedContainer, model: InjectModel): void {
  const own = ownSocketMount(pod, app, model)
  if (own === undefined) setSocketMounts(edits, app, [model.applicationMount])
  else if (app.container.env?.some(({ name }) => name === endpointSocketEnv)) return
  setEnv(edits, app, [model.applicationEnv])
}

/** Adds what may still keep a moved proxy from its identity, though injection does not touch it. */
function addProxyWarnings(
  warnings: InjectWarning[],
  pod: Pod,
  proxy: PlacedContainer,
  model: InjectModel
): void {
  const foreign = foreignWorkloadCerts(pod, proxy)
  if (foreign === workloadCerts) {
    const message = `volume ${workloadCerts} has a source of its own, so it stays: rename it unless pilot-agent is meant to read certificates from it`
    warnings.push(warning('ForeignWorkloadCerts', message))
  } else if (foreign !== undefined) {
    const message = `volume ${quote(foreign)} is mounted at ${workloadCertsMountPath}, where pilot-agent looks for certificates in files, so it stays: mount it elsewhere unless that is meant`
    warnings.push(warning('ForeignWorkloadCerts', message))
  }
  const old = tooOld(proxy.container, model)
  if (old !== undefined) warnings.push(warning('ProxyTooOld', old))
  const other = otherProxySocketFile(proxy, model)
  if (other !== undefined) warnings.push(warning('OtherSocketFile', other))
}

function setMetadata(
  edits: Edits,
  { metadata }: Pod,
  labels: readonly MapEntry[],
  status: MapEntry
): void {
  ensure(edits, '/metadata', metadata)
  for (const label of labels) setEntry(edits, metadata?.labels, label)
  setEntry(edits, metadata?.annotations, status)
}

const statusEntry = (status: string): MapEntry =>
  mapEntry('/metadata/annotations', statusAnnotation, status)

const injected = statusEntry('injected')

const skipped = new Map<SkipReason, MapEntry>()

/** Made when a reason is first met. */
function skippedEntry(reason: SkipReason): MapEntry {
  const entry = skipped.get(reason) ?? statusEntry(`skipped: ${reason}`)
  skipped.set(reason, entry)
  return entry
}

function skip(
  pod: Pod,
  reason: SkipReason,
  warnings: readonly InjectWarning[] = []
): InjectDecision {
  const edits = collectEdits()
  setMetadata(edits, pod, [], skippedEntry(reason))
  return { kind: 'skipped', reason, operations: operationsOf(edits), warnings }
}

function warning(reason: InjectWarning['reason'], message: string): InjectWarning {
  return { reason, message: `${reason}: ${message}` }
}
