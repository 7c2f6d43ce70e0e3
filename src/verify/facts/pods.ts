import { list } from '../../cluster/list.ts'
import { valueAt } from '../../kubernetes/fields.ts'
import type { JsonObject } from '../../kubernetes/json.ts'
import type { Seen } from '../check.ts'
import { podSurvey, type SurveyResult } from '../pods/survey.ts'
import type { VerifyDeps, VerifyScope } from '../scope.ts'
import { entriesOf, ownConfigurations } from '../webhooks/entries.ts'
import type { OptedInNamespace } from '../webhooks/istio.ts'
import { requirementsOf, selectorOf } from '../webhooks/requirements.ts'
import type { ClusterFacts } from './facts.ts'
import { refused } from './seen.ts'

/** What has ended holds no socket; the API server need not send it. */
const running = 'status.phase!=Succeeded,status.phase!=Failed'

/** Passes every running pod through the checks, page by page. */
export async function surveyPods(
  { get, progress }: VerifyDeps,
  scope: VerifyScope,
  facts: ClusterFacts
): Promise<Seen<SurveyResult>> {
  const within = scope.namespace === undefined ? '' : `/namespaces/${scope.namespace}`
  const request = {
    path: `/api/v1${within}/pods`,
    fieldSelector: running,
    ...(scope.selector === undefined ? {} : { labelSelector: scope.selector }),
    progress: (pods: number) => progress(`read ${pods} pods`)
  }
  const namespaces = new Map(optedIn(scope, facts).map((found) => [found.name, found]))
  const bad = facts.volumes.kind === 'seen' ? facts.volumes.value.bad : []
  const byClaim = new Map(bad.map((volume) => [volume.claim, volume]))
  const sets = facts.daemonSets.kind === 'seen' ? facts.daemonSets.value : []
  const daemonSets = new Set(sets.map(({ namespace, name }) => `${namespace}/${name}`))
  const listed = await list(get, request, () =>
    podSurvey({
      model: scope.model,
      namespaces,
      byClaim,
      daemonSets,
      selectors: objectSelectors(scope, facts)
    })
  )
  return listed.kind === 'refused'
    ? refused(listed.answer, 'pods', 'list')
    : { kind: 'seen', value: listed.value }
}

/** A namespace that was asked for by name and whose labels may not be read is taken for opted in. */
export function optedIn(
  { namespace }: VerifyScope,
  { namespaces }: ClusterFacts
): readonly OptedInNamespace[] {
  if (namespaces.kind === 'seen') return namespaces.value
  return namespace === undefined ? [] : [{ name: namespace, labels: {}, injected: false }]
}

/** The object selectors of our webhooks and policy: what each of them matches is counted. */
function objectSelectors(
  { config }: VerifyScope,
  { mutating, validating, policy }: ClusterFacts
): readonly JsonObject[] {
  const own = [mutating, validating].flatMap((seen) =>
    seen.kind === 'seen'
      ? ownConfigurations(seen.value, config.certificates.mutatingWebhookConfiguration)
      : []
  )
  const { policy: ours, bindings } =
    policy.kind === 'seen' ? policy.value : { policy: undefined, bindings: [] }
  const selectors = [
    ...entriesOf(own).map(({ webhook }) => webhook.objectSelector),
    valueAt(ours, ['spec', 'matchConstraints', 'objectSelector']),
    ...bindings.map((binding) => valueAt(binding, ['spec', 'matchResources', 'objectSelector']))
  ]
  return selectors
    .map(requirementsOf)
    .filter((requirements) => requirements.length > 0)
    .map(selectorOf)
}
