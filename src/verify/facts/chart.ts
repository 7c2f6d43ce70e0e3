import type { Get } from '../../cluster/api.ts'
import { labelsOf, stringsAt, textAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { Seen } from '../check.ts'
import { pathOf, type Rendered, renderedOf } from '../objects/chart-kinds.ts'
import { expectedObjects } from '../objects/expected-objects.ts'
import { type HelmRelease, readRelease } from '../objects/helm-release.ts'
import type { FoundConfig } from './config.ts'
import type { Replicas } from './replicas.ts'
import { getOne, listSome } from './seen.ts'

/** One object of the chart: as it was rendered, and as it is installed. */
export interface ChartObject {
  readonly rendered: Rendered
  readonly installed: Seen<JsonObject | undefined>
}

/** What was rendered, by whom, and what of it is installed. */
export interface Chart {
  /** Helm's own record; undefined where it may not be read, or another tool installed the chart. */
  readonly release: HelmRelease | undefined
  /** Why Helm's record is there and not used: `release guard is pending-upgrade`. */
  readonly stale: string | undefined
  /** Version of the chart where it is not this program's and nothing says what it rendered. */
  readonly other: string | undefined
  readonly objects: readonly ChartObject[]
}

/** Helm's record of the release, or why one that is there says nothing of what is installed. */
export interface FoundRelease {
  readonly release: HelmRelease | undefined
  readonly stale: string | undefined
}

const noRelease: FoundRelease = { release: undefined, stale: undefined }

/**
 * Helm writes the release's name to each object (helm pkg/action/validate.go). Of the newest revision only the
 * manifest is looked at, and only if it is deployed: one that failed halfway may have changed anything.
 */
export async function findRelease(get: Get, own: readonly JsonObject[]): Promise<FoundRelease> {
  const at = own.map((object) => stringsAt(object, 'metadata', 'annotations'))
  const names = at.find((annotations) => annotations[nameKey] !== undefined)
  const [name, namespace] = [names?.[nameKey], names?.[namespaceKey]]
  if (name === undefined || namespace === undefined) return noRelease
  const labelSelector = `owner=helm,name=${name},status in (${current.join(',')})`
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`
  const found = await listSome(get, { path, labelSelector }, 'secrets', readRelease)
  if (found.kind === 'notSeen') return noRelease
  const release = found.value.toSorted((a, b) => a.revision - b.revision).at(-1)
  // Below an alias an umbrella chart's objects have other labels: none is known to be ours.
  if (release === undefined || release.objects.length === 0) return noRelease
  if (release.status === 'deployed') return { release, stale: undefined }
  return { release: undefined, stale: `release ${name} is ${release.status}` }
}

/** Every status but those of the past (helm pkg/release/status.go). */
const current = ['deployed', 'failed', 'pending-install', 'pending-upgrade', 'pending-rollback']

/** A Deployment of another chart than the record's was not rendered by it: another tool has taken over. */
export function matchingRelease(
  found: FoundRelease,
  deployment: JsonObject | undefined
): FoundRelease {
  const chartOf = (object: JsonObject | undefined): string | undefined =>
    labelsOf(object)['helm.sh/chart']
  const recorded = chartOf(found.release?.objects.find(({ kind }) => kind === 'Deployment'))
  const installed = chartOf(deployment)
  if (recorded === undefined || installed === undefined || recorded === installed) return found
  const stale = `release ${found.release?.name} is of ${recorded}, the Deployment of ${installed}`
  return { release: undefined, stale }
}

/** Kinds that name the labels or the account of the pods: unknown where the Deployment was not seen. */
const needDeployment: ReadonlySet<string> = new Set([
  'RoleBinding',
  'ClusterRoleBinding',
  'PodDisruptionBudget',
  'NetworkPolicy'
])

const nameKey = 'meta.helm.sh/release-name'
const namespaceKey = 'meta.helm.sh/release-namespace'

/** Reads every object that the chart rendered, by Helm's record or else by what this version renders. */
export async function readChart(
  get: Get,
  { config, place }: FoundConfig,
  {
    release,
    stale,
    replicas,
    program
  }: FoundRelease & {
    readonly replicas: Seen<Replicas>
    readonly program: string
  }
): Promise<Chart | undefined> {
  if (place === undefined) return undefined
  const deployment = replicas.kind === 'seen' ? replicas.value.deployment : undefined
  const version = labelsOf(deployment)['app.kubernetes.io/version']
  if (release === undefined && version !== undefined && version !== program) {
    return { release, stale, other: version, objects: [] }
  }
  const selector = stringsAt(deployment, 'spec', 'selector', 'matchLabels')
  const serviceAccount = textAt(deployment, 'spec', 'template', 'spec', 'serviceAccountName')
  const expected = expectedObjects({ ...place, config, selector, serviceAccount })
  const objects =
    release?.objects ??
    expected.filter(({ kind }) => deployment !== undefined || !needDeployment.has(String(kind)))
  const rendered = objects.flatMap((object) => renderedOf(object, place.namespace) ?? [])
  return {
    release,
    stale,
    other: undefined,
    objects: await Promise.all(
      rendered.map(async (one) => ({
        rendered: one,
        installed: await getOne(get, pathOf(one), one.of.resource)
      }))
    )
  }
}
