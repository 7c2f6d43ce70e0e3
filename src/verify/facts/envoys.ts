import type { X509Certificate } from 'node:crypto'
import { istioProxyName } from '../../inject/names.ts'
import { textAt } from '../../kubernetes/fields.ts'
import { askEnvoy, certificates, readEnvoySecrets } from '../certificates/envoy-secrets.ts'
import { type Svid, svidOf } from '../certificates/svid.ts'
import type { CheckResult } from '../check.ts'
import { type AskedPod, checkEnvoyCertificates } from '../checks/envoy-certificates.ts'
import { checkRotation, type Watched } from '../checks/rotation.ts'
import type { MovedSide } from '../checks/trust.ts'
import type { ProxyPod } from '../pods/proxy-pod.ts'
import type { ShownSvid } from '../report.ts'
import type { VerifyDeps, VerifyScope } from '../scope.ts'
import { getOne } from './seen.ts'

/** Execs at the same time: each holds a connection of the API server and one of a kubelet. */
const atOnce = 4

/** What Envoys said, as results of checks, and the certificates. */
export interface EnvoyAnswers {
  readonly results: readonly CheckResult[]
  readonly svids: readonly ShownSvid[]
  /** How the sidecars that were asked and istiod stand to each other. */
  readonly moved: readonly MovedSide[]
}

/** Asks one Envoy for each identity, up to the limit, and watches for rotation where that is asked. */
export async function askEnvoys(
  deps: VerifyDeps,
  scope: VerifyScope,
  candidates: readonly ProxyPod[],
  aliases: readonly string[]
): Promise<EnvoyAnswers> {
  const pods = candidates.slice(0, scope.pods)
  const roots = new Map<string, Promise<readonly X509Certificate[] | undefined>>()
  const asked = await inTurn(pods, async (pod): Promise<AskedPod> => {
    deps.progress(`asking Envoy of ${pod.namespace}/${pod.name}`)
    const istiodRoots = roots.get(pod.namespace) ?? readIstiodRoots(deps, pod.namespace)
    roots.set(pod.namespace, istiodRoots)
    return { pod, asked: await ask(deps, pod), istiodRoots: await istiodRoots }
  })
  const left = candidates.length - pods.length
  const { result, svids, moved } = checkEnvoyCertificates(asked, left, deps.now(), aliases)
  if (scope.rotation === undefined) return { results: [result], svids, moved }
  const watched = await watchRotation(deps, pods, svids, scope.rotation)
  const there = asked.filter((entry) => entry.asked.kind !== 'gone').length
  return {
    results: [result, checkRotation(watched, there, scope.rotation)],
    moved,
    svids: watched.map(({ first, rotated }) =>
      rotated === undefined ? first : { ...first, rotatedTo: rotated.serialNumber }
    )
  }
}

function ask({ exec }: VerifyDeps, { namespace, name }: ProxyPod): Promise<AskedPod['asked']> {
  return exec({ namespace, pod: name, container: istioProxyName, command: askEnvoy })
}

/** istiod publishes its root to every namespace (istio pilot/pkg/serviceregistry/kube/controller CACertNamespaceConfigMap). */
async function readIstiodRoots(
  { get }: VerifyDeps,
  namespace: string
): Promise<readonly X509Certificate[] | undefined> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/istio-ca-root-cert`
  const read = await getOne(get, path, 'configmaps')
  if (read.kind === 'notSeen' || read.value === undefined) return undefined
  try {
    return certificates(textAt(read.value, 'data', 'root-cert.pem'))
  } catch {
    return undefined
  }
}

/** Asks again until every certificate has another serial number, or the time is over. */
async function watchRotation(
  deps: VerifyDeps,
  pods: readonly ProxyPod[],
  svids: readonly Svid[],
  seconds: number
): Promise<readonly Watched[]> {
  const end = deps.now() + seconds * 1000
  const pause = Math.min(10_000, Math.max(1000, (seconds * 1000) / 20))
  let watched: readonly Watched[] = svids.map((first) => ({
    first,
    rotated: undefined,
    gone: false
  }))
  for (;;) {
    const waiting = watched.filter(isWaiting).length
    const left = end - deps.now()
    if (waiting === 0 || left <= 0) return watched
    deps.progress(
      `${waiting} of ${watched.length} certificates not rotated yet, ${Math.ceil(left / 1000)} s left`
    )
    await deps.sleep(Math.min(pause, left))
    watched = await inTurn(watched, async (entry) => {
      const pod = pods.find(
        ({ namespace, name }) => namespace === entry.first.namespace && name === entry.first.pod
      )
      return pod === undefined || !isWaiting(entry) ? entry : lookAgain(deps, pod, entry)
    })
  }
}

const isWaiting = ({ rotated, gone }: Watched): boolean => rotated === undefined && !gone

async function lookAgain(deps: VerifyDeps, pod: ProxyPod, entry: Watched): Promise<Watched> {
  const asked = await ask(deps, pod)
  if (asked.kind === 'gone') return { ...entry, gone: true }
  const read = asked.kind === 'answered' ? readEnvoySecrets(asked.text) : undefined
  const now = read?.kind === 'read' ? svidOf(pod, read.secrets) : undefined
  const isSame = now === undefined || now.serialNumber === entry.first.serialNumber
  return isSame ? entry : { ...entry, rotated: now }
}

/** Runs `work` for every item, a few at a time, and keeps the order. */
async function inTurn<T, U>(items: readonly T[], work: (item: T) => Promise<U>): Promise<U[]> {
  const done: U[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (;;) {
      const index = next++
      const item = items[index]
      if (item === undefined) return
      done[index] = await work(item)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  return done
}
