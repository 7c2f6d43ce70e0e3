import { labelsOf, listAt, nameOf, numberAt, stringsAt, textAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { CheckResult } from '../check.ts'
import { type Finding, finding, type ObjectRef } from '../finding.ts'
import type { VerifyReason } from '../reasons.ts'

/** The Deployment of the webhook, its pods, and the configuration that is installed. */
export interface ReplicaFacts {
  readonly namespace: string
  readonly name: string
  /** Undefined where there is none of that name. */
  readonly deployment: JsonObject | undefined
  /** Its pods that have not ended. */
  readonly pods: readonly JsonObject[]
  /** What the chart writes to each pod for the configuration of the ConfigMap; undefined where that was not seen. */
  readonly checksum: string | undefined
  /** Version of this program. */
  readonly program: string
  /** True where Helm's record says what another version rendered. */
  readonly isCompared: boolean
}

const checksumAnnotation = 'spiffe-webhook/config-checksum'
const versionLabel = 'app.kubernetes.io/version'

/** Every replica that is wanted is ready, and all of them are of one image and one configuration. */
export function checkWebhookReplicas(facts: ReplicaFacts): CheckResult {
  const { namespace, name, deployment, pods } = facts
  const at = { kind: 'Deployment', namespace, name }
  if (deployment === undefined) {
    const message = `there is no Deployment ${namespace}/${name}: nothing answers the webhooks`
    const command = `kubectl --namespace ${namespace} get deployments`
    return result('no Deployment', [finding('ReplicasNotReady', at, message, command)])
  }
  const wanted = numberAt(deployment, 'spec', 'replicas')
  const ready = numberAt(deployment, 'status', 'readyReplicas')
  const images = [...new Set(pods.map(imageOf))]
  return result(`${ready} of ${wanted} replicas ready, ${images.join(' and ') || 'no pod'}`, [
    ...notReady(at, wanted, ready),
    ...differing(at, images, pods),
    ...stale(at, facts),
    ...skew(at, deployment, facts)
  ])
}

const result = (detail: string, findings: readonly Finding[]): CheckResult => ({
  check: 'webhook-replicas',
  detail,
  findings,
  notSeen: []
})

const about = ({ namespace, name }: ObjectRef, verb: string): string =>
  `kubectl --namespace ${namespace} ${verb} deployment ${name}`

function notReady(at: ObjectRef, wanted: number, ready: number): readonly Finding[] {
  if (ready >= wanted && ready > 0) return []
  const effect = ready === 0 ? 'nothing answers the webhooks' : 'fewer replicas answer than planned'
  const reason: VerifyReason = ready === 0 ? 'ReplicasNotReady' : 'ReplicasMissing'
  const message = `${ready} of ${wanted} replicas are ready: ${effect}`
  return [finding(reason, at, message, about(at, 'describe'))]
}

/** What runs, by the digest that the kubelet resolved; a tag may have been pushed again. */
function imageOf(pod: JsonObject): string {
  const [status] = listAt(pod, 'status', 'containerStatuses')
  const [container] = listAt(pod, 'spec', 'containers')
  return textAt(status, 'imageID') || textAt(container, 'image')
}

function differing(
  at: ObjectRef,
  images: readonly string[],
  pods: readonly JsonObject[]
): readonly Finding[] {
  if (images.length < 2) return []
  const shown = images.map((image) => {
    const [first] = pods.filter((pod) => imageOf(pod) === image)
    return `${image} in ${nameOf(first)}`
  })
  const message = `replicas run different images, so one object may be judged in two ways: ${shown.join(', ')}`
  return [finding('ReplicasDiffer', at, message, about(at, 'rollout status'))]
}

/** The configuration is read at the start alone. */
function stale(at: ObjectRef, { pods, checksum }: ReplicaFacts): readonly Finding[] {
  const old = pods.filter((pod) => {
    const found = stringsAt(pod, 'metadata', 'annotations')[checksumAnnotation]
    return checksum !== undefined && found !== undefined && found !== checksum
  })
  const [first] = old
  if (first === undefined) return []
  const message = `${old.length} of ${pods.length} replicas (${nameOf(first)}${old.length > 1 ? ', …' : ''}) started with another configuration than the ConfigMap holds`
  return [finding('ReplicasOutdated', at, message, about(at, 'rollout restart'))]
}

function skew(
  at: ObjectRef,
  deployment: JsonObject,
  { program, isCompared }: ReplicaFacts
): readonly Finding[] {
  const chart = labelsOf(deployment)[versionLabel]
  if (chart === undefined || chart === program) return []
  const how = isCompared
    ? "what is installed is compared with Helm's record of the release"
    : 'what is installed is judged by its paths, not compared'
  const message = `the chart is of version ${chart}, this program of ${program}: ${how}`
  return [finding('VersionSkew', at, message, about(at, 'get'))]
}
