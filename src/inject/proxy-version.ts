import type { Container } from '../kubernetes/pod.ts'
import { show } from '../kubernetes/quote.ts'
import { socketFileEnv } from './environment.ts'
import type { InjectModel } from './inject-model.ts'
import { lastEnv } from './last-env.ts'
import { istioProxyName } from './names.ts'

/** Env by which a pod says which Istio its proxy is (istio pilot/docker/Dockerfile.proxyv2). */
const versionEnv = 'ISTIO_META_ISTIO_VERSION'

type Version = readonly [major: number, minor: number, patch: number]

/** The first Istio whose agent uses an SDS socket that it finds (istio PR 37947). */
const leastForWorkloadApi: readonly Version[] = [[1, 14, 0]]

/** The first Istio whose Envoy follows WORKLOAD_IDENTITY_SOCKET_FILE, with its backports (istio PR 55047). */
const leastForSocketFile: readonly Version[] = [
  [1, 25, 0],
  [1, 24, 4],
  [1, 23, 5]
]

/** Says in words that a proxy is too old for what is asked of it; undefined where it is not, or no version is to be seen. */
export function tooOld(
  container: Container,
  { socketFileEnv: socketFile }: Pick<InjectModel, 'socketFileEnv'>
): string | undefined {
  const found = versionOf(container)
  if (found === undefined) return undefined
  const { text, version, from } = found
  const is = `${istioProxyName} is Istio ${show(text)} by its ${from}`
  if (!isAtLeast(version, leastForWorkloadApi)) {
    return `${is}, which does not use a Workload API socket: at least ${shown(leastForWorkloadApi)} is needed`
  }
  if (socketFile !== undefined && !isAtLeast(version, leastForSocketFile)) {
    return `${is}, whose Envoy ignores ${socketFileEnv} (${socketFile}): at least ${shown(leastForSocketFile)} is needed, or an agent whose socket file is named socket`
  }
  return undefined
}

/** `1.22.3`, `v1.27`, `1.25.0-rc.1`: not `1.2.3.4`, nor a date. */
const versionForm = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?![\d.])/

interface FoundVersion {
  readonly text: string
  readonly version: Version
  /** Where it was found. */
  readonly from: string
}

function versionOf(container: Container): FoundVersion | undefined {
  return (
    versionIn(lastEnv(container, versionEnv) ?? '', versionEnv) ??
    versionIn(tagOf(container.image ?? ''), 'image tag')
  )
}

function versionIn(text: string, from: string): FoundVersion | undefined {
  const [, major, minor, patch = '0'] = versionForm.exec(text) ?? []
  if (major === undefined || minor === undefined) return undefined
  return { text: text.slice(0, 40), version: [Number(major), Number(minor), Number(patch)], from }
}

/** The tag of `registry:5000/istio/proxyv2:1.22.3-distroless@sha256:…`; empty where there is none. */
function tagOf(image: string): string {
  const digest = image.indexOf('@')
  const named = digest < 0 ? image : image.slice(0, digest)
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1)
  return colon < 0 ? '' : named.slice(colon + 1)
}

/** True from the newest of `least` on, or within an older minor that got the change as a patch. */
function isAtLeast(version: Version, least: readonly Version[]): boolean {
  const [newest, ...backports] = least
  if (newest !== undefined && compare(version, newest) >= 0) return true
  return backports.some(
    ([major, minor, patch]) => version[0] === major && version[1] === minor && version[2] >= patch
  )
}

const compare = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]

const shown = ([newest, ...backports]: readonly Version[]): string => {
  const text = newest?.join('.') ?? ''
  const others = backports.map((version) => version.join('.')).join(', ')
  return others === '' ? text : `${text} (or ${others})`
}
