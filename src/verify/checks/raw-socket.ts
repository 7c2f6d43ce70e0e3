import type { CheckResult } from '../check.ts'
import type { SurveyResult } from '../pods/survey.ts'

/** No running pod has the raw socket, or a route to it, by a host path. */
export function checkRawSocket({ pods, rawFindings }: SurveyResult): CheckResult {
  const owners = new Set(rawFindings.map(({ object }) => JSON.stringify(object)))
  return {
    check: 'raw-socket',
    detail: `${pods} running pods checked, ${owners.size} ${owners.size === 1 ? 'workload bypasses' : 'workloads bypass'} the CSI driver`,
    findings: rawFindings,
    notSeen: []
  }
}
