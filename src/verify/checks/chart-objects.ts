import { labelsOf, stringsAt, valueAt } from '../../kubernetes/fields.ts'
import type { CheckResult, NotSeen } from '../check.ts'
import type { Chart, ChartObject } from '../facts/chart.ts'
import { type Finding, finding, showObject } from '../finding.ts'
import { compareObject, type ObjectFacts } from '../objects/compare.ts'

/** RBAC, Service, ConfigMap, Deployment and what keeps them up are as the chart rendered them. */
export function checkChartObjects({ release, other, objects }: Chart): CheckResult {
  if (other !== undefined) {
    const detail = `not compared: the chart is of version ${other}, and no release of Helm says what it rendered`
    return { check: 'chart-objects', detail, findings: [], notSeen: [] }
  }
  const deployment = objects.find(({ rendered }) => rendered.kind === 'Deployment')?.installed
  const template =
    deployment?.kind === 'seen' && deployment.value !== undefined
      ? labelsOf(valueAt(deployment.value, ['spec', 'template']))
      : undefined
  const facts = { isPartial: release === undefined, template }
  const judged = objects.map((object) => judge(object, facts))
  const notSeen = objects.flatMap(({ installed }): readonly NotSeen[] =>
    installed.kind === 'notSeen' ? [installed.notSeen] : []
  )
  const right = judged.filter((findings) => findings.length === 0).length - notSeen.length
  const source =
    release === undefined
      ? 'this version renders them'
      : `revision ${release.revision} of release ${release.name} rendered them`
  return {
    check: 'chart-objects',
    detail: `${right} of ${objects.length} objects are as ${source}`,
    findings: judged.flat(),
    notSeen
  }
}

function judge({ rendered, installed }: ChartObject, facts: ObjectFacts): readonly Finding[] {
  if (installed.kind === 'notSeen') return []
  const { kind, namespace, name, of } = rendered
  const at = { kind, name, ...(namespace === undefined ? {} : { namespace }) }
  const within = namespace === undefined ? '' : ` --namespace ${namespace}`
  if (installed.value === undefined) {
    const [reason, effect] = of.missing
    const release = stringsAt(rendered.object, 'metadata', 'labels')['app.kubernetes.io/instance']
    const upgrade = `helm upgrade ${release ?? 'spiffe-webhook'} charts/spiffe-webhook --reuse-values`
    const message = `there is no ${showObject(at)}: ${effect}`
    return [finding(reason, at, message, `${upgrade}${within}`)]
  }
  const command = `kubectl get ${of.plural} ${name}${within} -o yaml`
  return compareObject(rendered, installed.value, facts).map(({ reason, what, effect }) => {
    const message = `${showObject(at)} ${what}${effect === '' ? '' : `: ${effect}`}`
    return finding(reason, at, message, command)
  })
}
