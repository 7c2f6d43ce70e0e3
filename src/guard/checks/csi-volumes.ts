import { isObject } from '../../kubernetes/json.ts'
import { quote } from '../../kubernetes/quote.ts'
import type { Check } from '../check.ts'

/**
 * csi.spiffe.io is the sanctioned road, readOnly; drivers that hand out another agent's socket are refused.
 *
 * Restricted fields: spec.volumes[*].csi.driver, spec.volumes[*].csi.readOnly
 * Allowed values:    any driver that is not listed; readOnly: true for csi.spiffe.io
 *                    (spiffe-csi pkg/driver: "pod.spec.volumes[].csi.readOnly must be set to 'true'")
 */
export const csiVolumes: Check = function* ({ pod, base }, model) {
  for (const [index, { name, csi }] of (pod.spec?.volumes ?? []).entries()) {
    if (!isObject(csi)) continue
    const { driver } = csi
    const at = { path: '', subject: name }
    const field = `${base}spec.volumes[${index}].csi`
    if (typeof driver === 'string' && model.deniedCsiDrivers.has(driver)) {
      const remedy = `use the driver ${model.inject.csiDriver}`
      const message = `csi volume ${quote(name)} names the driver ${quote(driver)}, which hands out another agent's socket: ${remedy}`
      const reason = 'CsiDriverDenied'
      yield { ...at, field: `${field}.driver`, verdict: 'deny', reason, message, remedy }
    } else if (driver === model.inject.csiDriver && csi.readOnly !== true) {
      const remedy = 'set readOnly: true'
      const message = `csi volume ${quote(name)} of ${driver} is not readOnly, so the driver will refuse it: ${remedy}`
      const reason = 'CsiVolumeWritable'
      yield { ...at, field: `${field}.readOnly`, verdict: 'warn', reason, message, remedy }
    }
  }
}
