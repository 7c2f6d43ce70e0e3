import { labelsOf, valueAt } from '../../kubernetes/fields.ts'
import type { CheckResult, NotSeen } from '../check.ts'
import type { Chart, ChartObject } from '../facts/chart.ts'
import { type Finding, finding, showObject } from '../finding.ts'
import { compareObject, type ObjectFacts } from '../objects/compare.ts'
import type { HelmRelease } from '../objects/helm-release.ts'

/** RBAC, Service, ConfigMap, Deployment and what keeps them up are as the chart rendered them. */
export function checkChartObjects({ release, stale, other, objects }: Chart): CheckResult {
  if (other !== undefined) {
    const why = stale ?? 'no release of Helm says what it rendered'
    const detail = `not compared: the chart is of version ${other}, and ${why}`
    return { check: 'chart-objects', detail, findings: [], notSeen: [] }
  }
  const deployment = objects.find(({ rendered }) => rendered.kind === 'Deployment')?.installed
  const template =
    deployment?.kind === 'seen' && deployment.value !== undefined
      ? labelsOf(valueAt(deployment.value, ['spec', 'template']))
      : undefined
  const facts = { isPartial: release === undefined, template }
  const judged = objects.map((object) => judge(object, facts, release))
  const notSeen = objects.flatMap(({ installed }): readonly NotSeen[] =>
    installed.kind === 'notSeen' ? [installed.notSeen] : []
  )
  const right = judged.filter((findings) => findings.length === 0).length - notSeen.length
  const source =
    release === undefined
      ? `this version renders them${stale === undefined ? '' : ` (${stale})`}`
      : `revision ${release.revision} of release ${release.name} rendered them`
  return {
    check: 'chart-objects',
    detail: `${right} of ${objects.length} objects are as ${source}`,
    findings: judged.flat(),
    notSeen
  }
}

function judge(
  { rendered, installed }: ChartObject,
  facts: ObjectFacts,
  release: HelmRelease | undefined
): readonly Finding[] {
  if (installed.kind === 'notSeen') return []
  const { kind, namespace, name, of } = rendered
  const at = { kind, name, ...(namespace === undefined ? {} : { namespace }) }
  const within = namespace === undefined ? '' : ` --namespace ${namespace}`
  if (installed.value === undefined) {
    const [reason, effect] = of.missing
    const message = `there is no ${showObject(at)}: ${effect}`
    // Which file it came from is not known, and one with the defaults would change more than is missing.
    if (release === undefined) {
      const shown = `kubectl get ${of.plural}${within}`
      return [finding(reason, at, `${message}; apply the chart's manifests again`, shown)]
    }
    const upgrade = `helm upgrade ${release.name} charts/spiffe-webhook --namespace ${release.namespace}`
    return [finding(reason, at, message, `${upgrade} --reset-then-reuse-values`)]
  }
  const command = `kubectl get ${of.plural} ${name}${within} -o yaml`
  return compareObject(rendered, installed.value, facts).map(({ reason, what, effect }) => {
    const message = `${showObject(at)} ${what}${effect === '' ? '' : `: ${effect}`}`
    return finding(reason, at, message, command)
  })
}
