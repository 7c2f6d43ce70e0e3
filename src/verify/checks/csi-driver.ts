import { labelsOf, textsAt, valueAt } from '../../kubernetes/fields.ts'
import { equalJson, type JsonObject } from '../../kubernetes/json.ts'
import type { CheckResult } from '../check.ts'
import { type Finding, finding } from '../finding.ts'

/** What spiffe-csi's own example says (example/config/spiffe-csi-driver.yaml), and what each field is for. */
const wanted: readonly (readonly [string, unknown, string])[] = [
  ['attachRequired', false, 'nothing attaches a socket, so pods would wait for ever'],
  ['podInfoOnMount', true, 'the driver does not learn which pod mounts, and refuses'],
  ['fsGroupPolicy', 'None', 'the kubelet would change the owner of the socket']
]

/** Immutable (kubernetes pkg/apis/storage/validation ValidateCSIDriverUpdate): such an object is made again. */
const immutable: ReadonlySet<string> = new Set(['attachRequired', 'volumeLifecycleModes'])

const chart = 'workload-api charts/workload-api --namespace spire-system'

/** OpenShift's CSI inline volume admission reads it (openshift/api storage: csi-ephemeral-volume-profile). */
const openShiftLabel = 'security.openshift.io/csi-ephemeral-volume-profile'

/** The CSIDriver object, absent where there is none, says how the kubelet treats the driver. */
export function checkCsiDriver(object: JsonObject | undefined, driver: string): CheckResult {
  const at = { kind: 'CSIDriver', name: driver }
  if (object === undefined) {
    const message = `there is no CSIDriver ${driver}: install charts/workload-api`
    const findings = [finding('CsiDriverMissing', at, message, `helm install ${chart}`)]
    return { check: 'csi-driver', detail: `no CSIDriver ${driver}`, findings, notSeen: [] }
  }
  const wrong = wanted.flatMap(([field, value, why]): Finding[] => {
    const found = valueAt(object, ['spec', field])
    if (equalJson(found, value)) return []
    const message = `${field} is ${String(found)}, not ${String(value)}: ${why}`
    return [finding('CsiDriverWrong', at, message, fix(driver, field, value))]
  })
  const modes = textsAt(object, 'spec', 'volumeLifecycleModes')
  if (!modes.includes('Ephemeral')) {
    const message = `volumeLifecycleModes is [${modes.join(', ')}], without Ephemeral: no pod may name the driver inline`
    wrong.push(
      finding('CsiDriverWrong', at, message, fix(driver, 'volumeLifecycleModes', undefined))
    )
  }
  return {
    check: 'csi-driver',
    detail: `CSIDriver ${driver}: ${wrong.length === 0 ? 'every field is right' : `${wrong.length} wrong fields`}`,
    findings: [...wrong, ...openShift(object, driver)],
    notSeen: []
  }
}

function fix(driver: string, field: string, value: unknown): string {
  if (immutable.has(field)) return `kubectl delete csidriver ${driver} && helm upgrade ${chart}`
  return `kubectl patch csidriver ${driver} --patch '${JSON.stringify({ spec: { [field]: value } })}'`
}

function openShift(object: JsonObject, driver: string): readonly Finding[] {
  if (labelsOf(object)[openShiftLabel] !== undefined) return []
  const message = `the label ${openShiftLabel} is not set; only OpenShift asks for it`
  const command = `kubectl label csidriver ${driver} ${openShiftLabel}=restricted`
  return [finding('OpenShiftLabelMissing', { kind: 'CSIDriver', name: driver }, message, command)]
}
