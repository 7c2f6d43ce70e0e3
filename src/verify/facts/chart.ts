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
  /** Version of the chart where it is not this program's and nothing says what it rendered. */
  readonly other: string | undefined
  readonly objects: readonly ChartObject[]
}

/**
 * Helm writes the release's name to each object (helm pkg/action/validate.go). Only the release that is deployed is
 * asked for, and of it only the manifest is looked at.
 */
export async function findRelease(
  get: Get,
  own: readonly JsonObject[]
): Promise<HelmRelease | undefined> {
  const at = own.map((object) => stringsAt(object, 'metadata', 'annotations'))
  const names = at.find((annotations) => annotations[nameKey] !== undefined)
  const [name, namespace] = [names?.[nameKey], names?.[namespaceKey]]
  if (name === undefined || namespace === undefined) return undefined
  const labelSelector = `owner=helm,name=${name},status=deployed`
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`
  const found = await listSome(get, { path, labelSelector }, 'secrets', readRelease)
  if (found.kind === 'notSeen') return undefined
  return found.value.toSorted((a, b) => a.revision - b.revision).at(-1)
}

const nameKey = 'meta.helm.sh/release-name'
const namespaceKey = 'meta.helm.sh/release-namespace'

/** Reads every object that the chart rendered, by Helm's record or else by what this version renders. */
export async function readChart(
  get: Get,
  { config, place }: FoundConfig,
  {
    release,
    replicas,
    program
  }: {
    readonly release: HelmRelease | undefined
    readonly replicas: Seen<Replicas>
    readonly program: string
  }
): Promise<Chart | undefined> {
  if (place === undefined) return undefined
  const deployment = replicas.kind === 'seen' ? replicas.value.deployment : undefined
  const version = labelsOf(deployment)['app.kubernetes.io/version']
  if (release === undefined && version !== undefined && version !== program) {
    return { release, other: version, objects: [] }
  }
  const selector = stringsAt(deployment, 'spec', 'selector', 'matchLabels')
  const serviceAccount = textAt(deployment, 'spec', 'template', 'spec', 'serviceAccountName')
  const objects =
    release?.objects ?? expectedObjects({ ...place, config, selector, serviceAccount })
  const rendered = objects.flatMap((object) => renderedOf(object, place.namespace) ?? [])
  return {
    release,
    other: undefined,
    objects: await Promise.all(
      rendered.map(async (one) => ({
        rendered: one,
        installed: await getOne(get, pathOf(one), one.of.resource)
      }))
    )
  }
}
