import type { JsonObject } from '../kubernetes/json.ts'
import { type CheckResult, type Seen, whenSeen } from './check.ts'
import type { BundleFacts } from './checks/ca-bundle.ts'
import { checkChartObjects } from './checks/chart-objects.ts'
import { checkWebhookCalls } from './checks/webhook-calls.ts'
import { readCalls, type WebhookCalls } from './facts/calls.ts'
import { type Chart, findRelease, matchingRelease, readChart } from './facts/chart.ts'
import type { FoundConfig } from './facts/config.ts'
import { type ReplicaCertificates, readReplicaCertificates } from './facts/replica-certificates.ts'
import { type Replicas, readReplicas } from './facts/replicas.ts'
import { judgeReplicas, type Origin } from './judge-webhooks.ts'
import type { VerifyDeps, VerifyScope } from './scope.ts'
import { ownConfigurations } from './webhooks/entries.ts'

/** The webhook as it is installed: what Helm rendered, what runs, and what the API server counts of it. */
export interface Installation extends Origin {
  /** Undefined where nothing says where the webhook is. */
  readonly replicas: Seen<Replicas> | undefined
  readonly chart: Chart | undefined
  readonly certificates: ReplicaCertificates | undefined
  /** Undefined where they were not asked for: of one namespace, or without a webhook. */
  readonly calls: Seen<readonly WebhookCalls[] | undefined> | undefined
}

/** Reads the installation of the webhook whose configurations were seen. */
export async function readInstallation(
  { get, peek }: Pick<VerifyDeps, 'get' | 'peek'>,
  { config, namespace }: VerifyScope,
  found: FoundConfig,
  about: {
    readonly mutating: Seen<readonly JsonObject[]>
    readonly serving: readonly BundleFacts[]
    readonly program: string
  }
): Promise<Installation> {
  const { mutating, serving, program } = about
  const names = serving.map(({ entry }) => entry.name)
  const isAsked = namespace === undefined && names.length > 0
  const calls = isAsked ? await readCalls(get, names) : undefined
  const all = mutating.kind === 'seen' ? mutating.value : []
  const own = ownConfigurations(all, config.certificates.mutatingWebhookConfiguration)
  const record = await findRelease(get, own)
  const none = { program, calls, replicas: undefined, chart: undefined, certificates: undefined }
  if (found.place === undefined) return { ...none, release: record.release }
  const replicas = await readReplicas(get, found.place)
  const { deployment, pods } =
    replicas.kind === 'seen' ? replicas.value : { deployment: undefined, pods: [] }
  const { release, stale } = matchingRelease(record, deployment)
  return {
    ...none,
    release,
    replicas,
    chart: await readChart(get, found, { release, stale, replicas, program }),
    certificates: await readReplicaCertificates(peek, found.place, pods, config.server.probesPort)
  }
}

/** The checks of the Deployment, of the chart's other objects, and of the calls. */
export function judgeInstallation(
  { place }: FoundConfig,
  installation: Installation,
  serving: readonly BundleFacts[]
): readonly CheckResult[] {
  const { replicas, chart, calls } = installation
  const entries = serving.map(({ entry }) => entry)
  return [
    ...(place === undefined || replicas === undefined
      ? []
      : [judgeReplicas(place, replicas, installation)]),
    ...(chart === undefined ? [] : [checkChartObjects(chart)]),
    ...(calls === undefined
      ? []
      : [whenSeen('webhook-calls', calls, (seen) => checkWebhookCalls({ entries, calls: seen }))])
  ]
}
